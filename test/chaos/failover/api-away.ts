// The API server is away for a while and the owner dies meanwhile; then it is back, and no address moves for that.
import { setTimeout as delay } from 'node:timers/promises';
import { claimersOf } from '../wire.ts';
import { macOf, type Stage, untilOwner } from './stage.ts';
import { moment, type TakeOver, takeOver } from './take-over.ts';

export type ApiAway = {
  readonly takeOver: TakeOver;
  /** Other nodes than the heir that claimed the address once the API server was back. */
  readonly movesAfter: number;
};

/** `awayMs` before the owner dies; `watchMs` after the return. */
export type ApiAwayPlan = { readonly awayMs: number; readonly watchMs: number };

export async function killWithoutApi(stage: Stage, { awayMs, watchMs }: ApiAwayPlan): Promise<ApiAway> {
  const { lab, owner, heir, wire, address } = stage;
  await lab.apiDown();
  let seen: TakeOver;
  try {
    await delay(awayMs);
    seen = await takeOver(stage, () => moment(() => lab.killSpeaker(owner)));
  } finally {
    wire.forget();
    await lab.apiUp();
  }
  await delay(watchMs);
  const movesAfter = claimersOf(wire.frames, address).filter((mac) => mac !== macOf(stage, heir)).length;
  await lab.startSpeaker(owner);
  await untilOwner(stage, owner);
  return { takeOver: seen, movesAfter };
}
