// Which connections failed because the address moved under them: another node does not know one that is half-way.
import type { Knock } from '#test/lab/knocking.ts';
import type { Frame } from './wire.ts';

export type Failed = {
  /** Open at a moment when the address moved. */
  readonly inFlight: number;
  /** All others: refused before the new owner's first frame, given up before it, or begun after it. */
  readonly apart: number;
};

/** The watcher may be told of a frame after the client felt its effect, on a busy machine. */
const WATCHER_LATE_MS = 50;

/** When each claim came that was another node's than the one before. */
export function movesOf(frames: readonly Frame[], address: string): number[] {
  const claims = frames.filter(({ kind, ip }) => kind === 'claim' && ip === address);
  return claims.filter(({ mac }, i) => mac !== claims[i - 1]?.mac).map(({ at }) => at);
}

export function failedOf(knocks: readonly Knock[], moves: readonly number[]): Failed {
  const failed = knocks.filter(({ answer }) => answer === '');
  const inFlight = failed.filter(({ begin, end }) => moves.some((at) => begin < at && at < end + WATCHER_LATE_MS));
  return { inFlight: inFlight.length, apart: failed.length - inFlight.length };
}
