// All that a node decides about its peers and says to them: when to beat, whom to suspect, what to answer. Pure: time is a
// parameter (ms), the socket and the simulator only carry it out.
import type { Extension } from './extension.ts';
import { type IgnoreReason, Liveness, type Verdict } from './liveness.ts';
import type { Heartbeat } from './message.ts';
import { type Aside, Suspicions } from './suspicion.ts';
import { Budget, type Timing, timingFor } from './timing.ts';

export type WatchOptions = {
  readonly node: string;
  readonly session: bigint;
  readonly base: { readonly intervalMs: number; readonly deadlineMs: number };
};

export type Turn = {
  /** How long our own loop stood still. */
  readonly stallMs: number;
  readonly beats: boolean;
  readonly asides: readonly Aside[];
  /** Somebody's deadline is over: read the socket empty, then judge at the time of this turn. */
  readonly overdue: boolean;
};

// Lateness of a timer below this is the timer's own grain.
const STALL_LEAST_MS = 5;

export class Watch {
  readonly liveness: Liveness;
  timing: Timing;
  readonly #options: WatchOptions;
  readonly #suspicions: Suspicions;
  readonly #budget = new Budget(0);
  #beatAt = 0;
  #dueAt = 0;

  constructor(options: WatchOptions) {
    const { node, session, base } = options;
    this.#options = options;
    this.timing = timingFor(base, 0);
    this.liveness = new Liveness({ node, session, timing: this.timing });
    this.#suspicions = new Suspicions(session);
  }

  /** The first turn is due now. */
  start(now: number): void {
    this.#beatAt = now;
    this.#dueAt = now;
  }

  /** How many nodes beats are sent to. */
  setPeers(count: number): void {
    const timing = timingFor(this.#options.base, count);
    this.#budget.setPeers(count);
    if (timing.intervalMs === this.timing.intervalMs) return;
    this.timing = timing;
    this.liveness.retime(timing);
  }

  hear(message: Heartbeat, now: number): { outcome: Verdict | IgnoreReason | undefined; replies: Aside[] } {
    const outcome = this.liveness.hear(message, now);
    if (typeof outcome === 'string') return { outcome, replies: [] };
    const proof = message.type === 'answer' && message.answer && this.#suspicions.take(message.answer, message.node);
    if (proof) this.liveness.believe(proof);
    return { outcome, replies: this.#afford(this.#reply(message, now), now) };
  }

  /** To be called at `dueAt` or as soon after it as can be. */
  turn(now: number): Turn {
    const late = now - this.#dueAt;
    const stallMs = late < STALL_LEAST_MS ? 0 : late;
    if (stallMs > 0) this.liveness.stalled(stallMs);
    const beats = now >= this.#beatAt;
    const { intervalMs, deadlineMs } = this.timing;
    // After a stall the missed beats are not made up for.
    if (beats) this.#beatAt = Math.max(this.#beatAt + intervalMs, now + intervalMs / 2);
    const suspects = this.liveness.suspects(now);
    const asides =
      suspects.length === 0 ? [] : this.#suspicions.due(suspects, this.#witnesses(now), { now, deadlineMs });
    return { stallMs, beats, asides: this.#afford(asides, now), overdue: this.liveness.isOverdue(now) };
  }

  /** When the next turn is due; while a verdict is being prepared, deadlines that are over do not count. */
  dueAt(now: number, isJudging: boolean): number {
    const deadline = isJudging ? Number.POSITIVE_INFINITY : this.liveness.nextDeadline();
    const suspects = this.liveness.suspects(Number.POSITIVE_INFINITY);
    const round = this.#suspicions.next(suspects, this.timing.deadlineMs);
    this.#dueAt = Math.max(Math.min(this.#beatAt, deadline, round), now + 1);
    return this.#dueAt;
  }

  #reply({ type, node, session, question }: Heartbeat, now: number): Aside[] {
    if (type === 'probe') return [{ to: node, type: 'beat' }];
    const age = type === 'question' && question ? this.liveness.ageOf(question.about, now) : undefined;
    if (!question || age === undefined || age > question.withinMs) return [];
    const { about, id } = question;
    // Rounded up: an answer never promises more than was heard.
    return [{ to: node, type: 'answer', answer: { asker: session, id, about, ageMs: Math.ceil(age) } }];
  }

  #witnesses(now: number): string[] {
    const suspects = new Set(this.liveness.suspects(now).map(({ node }) => node));
    return this.liveness
      .view()
      .map(({ node }) => node)
      .filter((node) => !suspects.has(node));
  }

  #afford(asides: readonly Aside[], now: number): Aside[] {
    return asides.filter(({ to }) => this.#budget.take(to, now));
  }
}

/** The record that an aside carries. */
export function extensionOf(aside: Aside): Extension {
  if (aside.type === 'question') return { question: aside.question };
  return aside.type === 'answer' ? { answer: aside.answer } : {};
}
