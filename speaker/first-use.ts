// Which addresses were never used by the cluster before, and so are probed first (RFC 5227 shape). Pure; time in ms.
//
// What stands in the first plan a speaker makes, what ever had another owner, and what a ServiceL2Status names is in use: a
// take-over never waits. Only what a stranger was found to have, before anybody announced it, is asked about by each owner anew.
import type { AddressPlan } from './plan.ts';

/** A run: so many probes, each so long after the one before was sent, and then this long for the last answer. */
export const PROBES = 3;
export const PROBE_EVERY_MS = 200;
export const PROBE_WAIT_MS = 160;
/** After a conflict the address is asked about again this often: the stranger may be gone. */
export const PROBE_RETRY_MS = 30_000;

/** Beyond so many runs a pass over all addresses waits a millisecond for each of the next so many. */
const RUNS_APART = 100;
const RUNS_PER_MS = 20;

type Probing = { readonly startedAt: number; isTaken: boolean; sent: number; sentAt: number };

export type Admission = {
  /** The plans, with what may not be announced yet marked so. */
  readonly plans: readonly AddressPlan[];
  readonly probing: readonly AddressPlan[];
  /** When to ask again, if anything waits. */
  readonly nextAt: number | undefined;
};

/** Whether a ServiceL2Status says that some node announced it. */
export type IsRecorded = (plan: AddressPlan) => boolean;

/** Whether an AddressConflict says that a stranger has it, and had it before anybody announced it. */
export type IsDisputed = (text: string) => boolean;

export class FirstUse {
  readonly #isRecorded: IsRecorded;
  readonly #isDisputed: IsDisputed;
  #used: Set<string> | undefined;
  readonly #runs = new Map<string, Probing>();

  constructor(isRecorded: IsRecorded = () => false, isDisputed: IsDisputed = () => false) {
    this.#isRecorded = isRecorded;
    this.#isDisputed = isDisputed;
  }

  admit(plans: readonly AddressPlan[], now: number): Admission {
    this.#used ??= new Set(plans.map(({ text }) => text).filter((text) => !this.#isDisputed(text)));
    const used = this.#used;
    this.#forgetReleased(new Set(plans.map(({ text }) => text)));
    const probing: AddressPlan[] = [];
    const admitted = plans.map((plan) => {
      if (used.has(plan.text)) return plan;
      if (plan.reason !== 'announce') {
        this.#runs.delete(plan.text);
        if (plan.owner !== undefined && !this.#isDisputed(plan.text)) used.add(plan.text);
        return plan;
      }
      if (!this.#runs.has(plan.text) && this.#isRecorded(plan) && !this.#isDisputed(plan.text)) {
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

  /** One more probe is on the wire. Tells when to ask again if it was the last of its run. */
  probed(text: string, now: number): number | undefined {
    const run = this.#runs.get(text);
    if (!run) return undefined;
    run.sent++;
    run.sentAt = now;
    return run.sent === PROBES ? this.#spaced(endOf(run), now) : undefined;
  }

  #judge(text: string, now: number): 'announce' | 'probing' | 'addressConflict' {
    const run = this.#runs.get(text);
    const isOver = run && now >= endOf(run);
    if (isOver && !run.isTaken) {
      this.#runs.delete(text);
      this.#used?.add(text);
      return 'announce';
    }
    if (!run || isOver) this.#runs.set(text, { startedAt: now, isTaken: false, sent: 0, sentAt: now });
    return this.#runs.get(text)?.isTaken ? 'addressConflict' : 'probing';
  }

  #nextAt(now: number): number | undefined {
    let next = Number.POSITIVE_INFINITY;
    for (const run of this.#runs.values()) next = Math.min(next, endOf(run));
    return Number.isFinite(next) ? this.#spaced(next, now) : undefined;
  }

  /** Thousands of runs end one after the other: they are judged some at a time. */
  #spaced(next: number, now: number): number {
    return Math.max(next, now + (this.#runs.size > RUNS_APART ? this.#runs.size / RUNS_PER_MS : 0));
  }

  /** An address that no Service holds any more is new when it comes back. */
  #forgetReleased(texts: ReadonlySet<string>): void {
    for (const text of this.#used ?? []) if (!texts.has(text)) this.#used?.delete(text);
    for (const text of this.#runs.keys()) if (!texts.has(text)) this.#runs.delete(text);
  }
}

/** Infinity while probes are still to be sent: a process that stood still has asked nobody yet. */
function endOf({ startedAt, isTaken, sent, sentAt }: Probing): number {
  if (isTaken) return startedAt + PROBE_RETRY_MS;
  return sent < PROBES ? Number.POSITIVE_INFINITY : sentAt + PROBE_WAIT_MS;
}
