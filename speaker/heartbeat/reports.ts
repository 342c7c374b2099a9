// What the heartbeat thread tells the main thread, no more often than that is of use. Pure; time in ms.
import type { Liveness, Verdict } from './liveness.ts';
import type { FromHeartbeat, HeartbeatCounts, Ignored } from './protocol.ts';

const COUNTS_EVERY_MS = 1_000;
const ACCUSED_EVERY_MS = 250;
// Each report makes the main thread decide anew: the parts of many holdings are gathered first.
const HOLDINGS_EVERY_MS = 200;

export class Reports {
  readonly counts: HeartbeatCounts = { sent: 0, sendFailures: 0, received: 0, ignored: {} };
  readonly #report: (message: FromHeartbeat) => void;
  #countsAt = 0;
  #accusedAt = Number.NEGATIVE_INFINITY;
  #isAccused = false;
  /** What was reported last. */
  #view = { settled: false, version: -1, holdingsVersion: 0, at: 0 };

  constructor(report: (message: FromHeartbeat) => void) {
    this.#report = report;
  }

  ignore(reason: Ignored): void {
    this.counts.ignored[reason] = (this.counts.ignored[reason] ?? 0) + 1;
  }

  verdicts(verdicts: readonly Verdict[]): void {
    for (const verdict of verdicts) this.#report({ kind: 'verdict', verdict });
  }

  /** When it changed. */
  view(liveness: Liveness, settled: boolean, now: number): void {
    const { version, holdingsVersion } = liveness;
    const last = this.#view;
    const isPart = holdingsVersion !== last.holdingsVersion && now >= last.at + HOLDINGS_EVERY_MS;
    if (settled === last.settled && version === last.version && !isPart) return;
    this.#view = { settled, version, holdingsVersion, at: now };
    this.#report({ kind: 'view', live: liveness.view(), settled });
  }

  /** Many may say so at once; what is not reported now is soon, because it may be another time that we were dead. */
  accused(now: number): void {
    this.#isAccused = true;
    this.#reportAccused(now);
  }

  /** To be called several times a second. */
  due(now: number): void {
    this.#reportAccused(now);
    if (now < this.#countsAt) return;
    this.#countsAt = now + COUNTS_EVERY_MS;
    this.#report({ kind: 'counts', counts: this.counts });
  }

  #reportAccused(now: number): void {
    if (!this.#isAccused || now < this.#accusedAt + ACCUSED_EVERY_MS) return;
    this.#isAccused = false;
    this.#accusedAt = now;
    this.#report({ kind: 'accused' });
  }
}
