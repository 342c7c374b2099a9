// Which addresses were never used by the cluster before, and so are probed first (RFC 5227 shape). Pure; time in ms.
//
// What stands in the first plan a speaker makes, what ever had another owner, and what a ServiceL2Status names is in use: a
// take-over never waits.
import type { AddressPlan } from './plan.ts';

/** When the probes of a run are sent, from its start; the run ends at the last number. */
export const PROBE_DELAYS_MS = [0, 200, 400] as const;
export const PROBE_RUN_MS = 560;
/** After a conflict the address is asked about again this often: the stranger may be gone. */
export const PROBE_RETRY_MS = 30_000;

type Probing = { readonly startedAt: number; isTaken: boolean };

export type Admission = {
  /** The plans, with what may not be announced yet marked so. */
  readonly plans: readonly AddressPlan[];
  readonly probing: readonly AddressPlan[];
  /** When to ask again, if anything waits. */
  readonly nextAt: number | undefined;
};

/** Whether a ServiceL2Status says that some node announced it. */
export type IsRecorded = (plan: AddressPlan) => boolean;

export class FirstUse {
  readonly #isRecorded: IsRecorded;
  #used: Set<string> | undefined;
  readonly #runs = new Map<string, Probing>();

  constructor(isRecorded: IsRecorded = () => false) {
    this.#isRecorded = isRecorded;
  }

  admit(plans: readonly AddressPlan[], now: number): Admission {
    this.#used ??= new Set(plans.map(({ text }) => text));
    const used = this.#used;
    this.#forgetReleased(new Set(plans.map(({ text }) => text)));
    const probing: AddressPlan[] = [];
    const admitted = plans.map((plan) => {
      if (used.has(plan.text)) return plan;
      if (plan.reason !== 'announce') {
        this.#runs.delete(plan.text);
        if (plan.owner !== undefined) used.add(plan.text);
        return plan;
      }
      if (!this.#runs.has(plan.text) && this.#isRecorded(plan)) {
        used.add(plan.text);
        return plan;
      }
      const reason = this.#judge(plan.text, now);
      if (reason === 'probing') probing.push(plan);
      return reason === 'announce' ? plan : { ...plan, reason };
    });
    return { plans: admitted, probing, nextAt: this.#nextAt(now) };
  }

  /** Somebody else has the address. True for the first answer of a run. */
  take(text: string): boolean {
    const run = this.#runs.get(text);
    if (!run || run.isTaken) return false;
    run.isTaken = true;
    return true;
  }

  #judge(text: string, now: number): 'announce' | 'probing' | 'addressConflict' {
    const run = this.#runs.get(text);
    const isOver = run && now >= run.startedAt + (run.isTaken ? PROBE_RETRY_MS : PROBE_RUN_MS);
    if (isOver && !run.isTaken) {
      this.#runs.delete(text);
      this.#used?.add(text);
      return 'announce';
    }
    if (!run || isOver) this.#runs.set(text, { startedAt: now, isTaken: false });
    return this.#runs.get(text)?.isTaken ? 'addressConflict' : 'probing';
  }

  #nextAt(now: number): number | undefined {
    const ends = Array.from(
      this.#runs.values(),
      ({ startedAt, isTaken }) => startedAt + (isTaken ? PROBE_RETRY_MS : PROBE_RUN_MS),
    );
    return ends.length === 0 ? undefined : Math.max(now, Math.min(...ends));
  }

  /** An address that no Service holds any more is new when it comes back. */
  #forgetReleased(texts: ReadonlySet<string>): void {
    for (const text of this.#used ?? []) if (!texts.has(text)) this.#used?.delete(text);
    for (const text of this.#runs.keys()) if (!texts.has(text)) this.#runs.delete(text);
  }
}
