// Nodes are cut off from the others while the client reaches both sides, and then they are not any more.
import { claimersOf } from '../wire.ts';
import { macOf, type Stage, untilAnswerers } from './stage.ts';

export type Partition = {
  /** From the heal until the owner alone answers. */
  readonly settledMs: number;
  /** The owner claimed the address after the heal. */
  readonly reannounced: boolean;
  /** The client's next connections after that. */
  readonly reached: boolean;
};

/** `expected` are the nodes that have to answer while the partition lasts. */
export type PartitionPlan = { readonly apart: readonly string[]; readonly expected: readonly string[] };

export async function partitionAndHeal(stage: Stage, { apart, expected }: PartitionPlan): Promise<Partition> {
  const { lab, wire, owner, address } = stage;
  let healedAt: number;
  try {
    await lab.partition(apart);
    await untilAnswerers(stage, expected);
  } finally {
    wire.forget();
    healedAt = (await lab.heal()).monotonicMs;
  }
  const settledAt = await untilAnswerers(stage, [owner]);
  const reannounced = claimersOf(wire.frames, address).includes(macOf(stage, owner));
  return { settledMs: settledAt - healedAt, reannounced, reached: await isReached(stage) };
}

async function isReached({ lab, address }: Stage): Promise<boolean> {
  const curl = ['curl', '-s', '--noproxy', '*', '--max-time', '1', `http://${address}/`];
  const { code, stdout } = await lab.exec('client', curl);
  return code === 0 && stdout.startsWith('node');
}
