// All speakers are replaced one after another, as an upgrade does it, while the client opens connections.

import { monotonicNow } from '#test/lab/faults.ts';
import type { Lab } from '#test/lab/lab.ts';
import { type Stage, untilOwner } from './stage.ts';
import { knock, untilKnown, warmUp } from './take-over.ts';

export type Rolling = {
  /** How often another node claimed the address than the one before. */
  readonly handOvers: number;
  /** Failed connections that no hand-over followed: their SYN came after the new owner's first frame. */
  readonly failedAfter: number;
  readonly failedInFlight: number;
  readonly attempts: number;
};

const OURS = ['-n', 'metallb-system'];

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
    // What failed was sent to a node that had let go: the next one's first frame came within the client's patience.
    const inFlight = failed.filter(({ begin }) => changes.some((at) => at > begin && at < begin + stage.patienceMs));
    return {
      handOvers: changes.length,
      failedAfter: failed.length - inFlight.length,
      failedInFlight: inFlight.length,
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
