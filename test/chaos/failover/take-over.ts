// One take-over under load: something is done to the owner while the client opens connections, and both ends are watched:
// the heir's first frame on the LAN, and what became of every connection.
import { type Moment, monotonicNow } from '#test/lab/faults.ts';
import { type Knock, type Knocking, openKnocking } from '#test/lab/knocking.ts';
import { pollUntil } from '#test/lab/wait.ts';
import type { Frame } from '../wire.ts';
import { macOf, PATIENCE, type Stage, untilOwner } from './stage.ts';

export type TakeOver = {
  /** From just before the act to the heir's first frame. */
  readonly firstFrameMs: number;
  /** To the end of the first good connection that began after the act was done. */
  readonly firstGoodMs: number;
  /** Connections that failed although their SYN follows the heir's first frame. */
  readonly failedAfter: number;
  /** Those that failed on the way: begun before that frame. */
  readonly failedInFlight: number;
  /** Between the frame and the SYN of the last that failed; below 0 before the frame, -Infinity when none failed. */
  readonly lastFailureMs: number;
  readonly attempts: number;
};

/** Two hundred new connections a second. */
const EVERY_MS = 5;
const WATCHED_MS = 500;
const WARM_UP = 20;

export type Act = () => Promise<Moment>;

export async function takeOver(stage: Stage, act: Act): Promise<TakeOver> {
  const knocking = knock(stage);
  try {
    await warmUp(knocking);
    const moment = await act();
    const claim = await untilClaimed(stage, moment.monotonicMs);
    await untilKnown(knocking, claim.at + WATCHED_MS);
    return judge(knocking.knocks, moment, claim.at);
  } finally {
    await knocking.end();
  }
}

/** A client that opens connections all the time. */
export function knock({ lab, address, patienceMs }: Stage): Knocking {
  return openKnocking(lab, { address, everyMs: EVERY_MS, patienceMs });
}

export async function warmUp({ knocks }: Knocking): Promise<void> {
  const isWarm = () => knocks.filter(({ answer }) => answer !== '').length >= WARM_UP;
  await pollUntil('good connections before the act', isWarm, PATIENCE);
}

/** Until another node than the owner claims the address. */
async function untilClaimed({ lab, wire, address, owner }: Stage, since: number): Promise<Frame> {
  const old = macOf({ lab }, owner);
  const isClaim = ({ at, ip, mac, kind }: Frame) => kind === 'claim' && ip === address && at > since && mac !== old;
  return await pollUntil(`a take-over of ${address} from ${owner}`, () => wire.frames.find(isClaim), PATIENCE);
}

/** Until every connection that began before `until` is over, one way or the other. */
export async function untilKnown({ knocks }: Knocking, until: number): Promise<void> {
  const isOver = () => {
    const next = knocks.find(({ begin }) => begin > until);
    return next !== undefined && knocks.filter(({ id }) => id < next.id).length === next.id;
  };
  await pollUntil('all connections to end', isOver, PATIENCE);
}

function judge(knocks: readonly Knock[], { monotonicMs, doneMs }: Moment, frameAt: number): TakeOver {
  const watched = knocks.filter(({ begin, end }) => end > monotonicMs && begin < frameAt + WATCHED_MS);
  const failed = watched.filter(({ answer }) => answer === '');
  const good = watched.filter(({ begin, answer }) => begin > doneMs && answer !== '').map(({ end }) => end);
  const failedAfter = failed.filter(({ begin }) => begin > frameAt).length;
  return {
    firstFrameMs: frameAt - monotonicMs,
    firstGoodMs: good.length === 0 ? Number.POSITIVE_INFINITY : Math.min(...good) - monotonicMs,
    failedAfter,
    failedInFlight: failed.length - failedAfter,
    lastFailureMs: Math.max(...failed.map(({ begin }) => begin - frameAt)),
    attempts: watched.length,
  };
}

/** The owner's power is cut; then it is back and owns the address again. */
export async function powerCut(stage: Stage): Promise<TakeOver> {
  const { lab, owner } = stage;
  const seen = await takeOver(stage, async () => {
    const { monotonicMs, cableOutMs } = await lab.powerOff(owner);
    return { monotonicMs, doneMs: cableOutMs };
  });
  await lab.powerOn(owner);
  await untilOwner(stage, owner);
  return seen;
}

/** The owner's speaker gets SIGTERM; then it is back and owns the address again. */
export async function stopOwner(stage: Stage): Promise<TakeOver> {
  const { lab, owner } = stage;
  const seen = await takeOver(stage, () => moment(() => lab.stopSpeaker(owner)));
  await lab.startSpeaker(owner);
  await untilOwner(stage, owner);
  return seen;
}

/** The owner's node is drained (design section 5), then not any more. */
export async function drainOwner(stage: Stage): Promise<TakeOver> {
  const { lab, owner } = stage;
  const mark = (value: string) =>
    lab.mustKubectl(['annotate', 'node', owner, '--overwrite', `arpeggio.dev/drain${value}`]);
  try {
    return await takeOver(stage, () => moment(() => mark('=true')));
  } finally {
    await mark('-');
    await untilOwner(stage, owner);
  }
}

/** The owner's cable to the LAN is pulled, then plugged in again. */
export async function pullCable(stage: Stage): Promise<TakeOver> {
  const { lab, owner } = stage;
  try {
    return await takeOver(stage, () => lab.linkDown(owner));
  } finally {
    await lab.linkUp(owner);
    await untilOwner(stage, owner);
  }
}

export async function moment(act: () => Promise<unknown>): Promise<Moment> {
  const monotonicMs = monotonicNow();
  await act();
  return { monotonicMs, doneMs: monotonicNow() };
}
