// All speakers are replaced one after another, as an upgrade does it, while the client opens connections.

import { monotonicNow } from '#test/lab/faults.ts';
import type { Lab } from '#test/lab/lab.ts';
import { failedOf, movesOf } from '../in-flight.ts';
import { type Stage, untilOwner } from './stage.ts';
import { knock, untilKnown, warmUp } from './take-over.ts';

export type Rolling = {
  /** How often another node claimed the address than the one before. */
  readonly handOvers: number;
  readonly failedInFlight: number;
  readonly failedApart: number;
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
    const moves = movesOf(wire.frames, stage.address);
    const { inFlight, apart } = failedOf(knocks, moves);
    return {
      handOvers: moves.length,
      failedInFlight: inFlight,
      failedApart: apart,
      attempts: knocks.length,
    };
  } finally {
    await knocking.end();
  }
}

/** Sets variables of every speaker (`NAME=value`, or `NAME-` to remove one) and waits until all run with them. */
export async function setSpeakerEnv(lab: Lab, variables: readonly string[]): Promise<void> {
  await lab.mustKubectl([...OURS, 'set', 'env', 'daemonset/speaker', ...variables]);
  await untilRolledOut(lab);
}

async function untilRolledOut(lab: Lab): Promise<void> {
  await lab.mustKubectl([...OURS, 'rollout', 'status', 'daemonset/speaker', '--timeout=120s']);
}
