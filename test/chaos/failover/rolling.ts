// All speakers are replaced one after another, as an upgrade does it, while the client opens connections.

import { monotonicNow } from '#test/lab/faults.ts';
import type { Lab } from '#test/lab/lab.ts';
import { type Stage, untilOwner } from './stage.ts';
import { knock, untilKnown, warmUp } from './take-over.ts';

export type Rolling = {
  /** How often another node claimed the address than the one before. */
  readonly handOvers: number;
  /** Failed connections that were open while the address moved: another node does not know one that is half-way. */
  readonly failedInFlight: number;
  /** All others that failed: refused before the new owner's first frame, given up before it, or begun after it. */
  readonly failedApart: number;
  readonly attempts: number;
};

const OURS = ['-n', 'metallb-system'];
/** The watcher may be told of a frame after the client felt its effect, on a busy machine. */
const WATCHER_LATE_MS = 50;

export async function restartSpeakers(stage: Stage): Promise<Rolling> {
  const { lab } = stage;
  return await replaceSpeakers(stage, async () => {
    await lab.mustKubectl([...OURS, 'rollout', 'restart', 'daemonset/speaker']);
    await untilRolledOut(lab);
  });
}

/** `replace` ends when the last speaker is another one. */
export async function replaceSpeakers(stage: Stage, replace: () => Promise<void>): Promise<Rolling> {
  const { wire } = stage;
  const knocking = knock(stage);
  try {
    await warmUp(knocking);
    wire.forget();
    const start = monotonicNow();
    await replace();
    await untilOwner(stage, stage.owner);
    await untilKnown(knocking, monotonicNow());
    const knocks = knocking.knocks.filter(({ begin }) => begin > start);
    const failed = knocks.filter(({ answer }) => answer === '');
    const changes = changesOf(stage);
    const inFlight = failed.filter(({ begin, end }) => changes.some((at) => begin < at && at < end + WATCHER_LATE_MS));
    return {
      handOvers: changes.length,
      failedInFlight: inFlight.length,
      failedApart: failed.length - inFlight.length,
      attempts: knocks.length,
    };
  } finally {
    await knocking.end();
  }
}

/** When each claim came that was another node's than the one before. */
function changesOf({ wire, address }: Stage): number[] {
  const claims = wire.frames.filter(({ kind, ip }) => kind === 'claim' && ip === address);
  return claims.filter(({ mac }, i) => mac !== claims[i - 1]?.mac).map(({ at }) => at);
}

/** Sets variables of every speaker (`NAME=value`, or `NAME-` to remove one) and waits until all run with them. */
export async function setSpeakerEnv(lab: Lab, variables: readonly string[]): Promise<void> {
  await lab.mustKubectl([...OURS, 'set', 'env', 'daemonset/speaker', ...variables]);
  await untilRolledOut(lab);
}

async function untilRolledOut(lab: Lab): Promise<void> {
  await lab.mustKubectl([...OURS, 'rollout', 'status', 'daemonset/speaker', '--timeout=120s']);
}
