// Trouble that must not be taken for death, or that must end with one owner: stalls, starvation, loss, partitions, no API server.

import { killWithoutApi } from '#test/chaos/failover/api-away.ts';
import { forgeHeartbeats } from '#test/chaos/failover/forgery.ts';
import { partitionAndHeal } from '#test/chaos/failover/partition.ts';
import { setSpeakerEnv } from '#test/chaos/failover/rolling.ts';
import { untilOwner } from '#test/chaos/failover/stage.ts';
import { type Calm, loseFrames, stallOwner, starve } from '#test/chaos/failover/stall.ts';
import { pullCable } from '#test/chaos/failover/take-over.ts';
import type { Figure } from '../figure.ts';
import { AT_MOST, type Context, connectionFigures, repeat, timeFigures } from './part.ts';

const STALL_MS = 1_000;
const STARVED_MS = 60_000;
/** Longer than any timer of ours. */
const API_AWAY = { awayMs: 65_000, watchMs: 10_000 };
const SETTLED_MOST_MS = 1_000;
const FEW = 5;

export async function carrier(context: Context): Promise<Figure[]> {
  return await pull(context, 'carrier lost', {});
}

/** In a lab with a management network: the peers can still be told. */
export async function carrierMgmt(context: Context): Promise<Figure[]> {
  return await pull(context, 'carrier lost, second network', { p50: 100, p99: 100 });
}

async function pull(context: Context, name: string, aims: { p50?: number; p99?: number }): Promise<Figure[]> {
  const seen = await repeat(few(context), name, () => pullCable(context.stage));
  const frames = seen.map(({ firstFrameMs }) => firstFrameMs);
  return [...timeFigures(`${name}, first frame`, frames, aims), ...connectionFigures(name, seen)];
}

export async function api({ stage, say }: Context): Promise<Figure[]> {
  say(`no API server for ${API_AWAY.awayMs / 1_000} s, then the owner is killed ...`);
  const { takeOver, movesAfter } = await killWithoutApi(stage, API_AWAY);
  const name = 'no API server';
  return [
    { name: `${name}, first frame`, value: takeOver.firstFrameMs, unit: 'ms', aim: AT_MOST(300) },
    ...connectionFigures(name, [takeOver]),
    { name: `${name}, moves when it is back`, value: movesAfter, unit: '', aim: AT_MOST(0) },
  ];
}

export async function stall(context: Context): Promise<Figure[]> {
  const seen = await repeat(few(context), 'SIGSTOP 1 s', () => stallOwner(context.stage, STALL_MS));
  const settled = seen.map(({ settledMs }) => settledMs);
  const most = Math.max(...seen.map(({ takeOvers }) => takeOvers));
  return [
    { name: 'SIGSTOP 1 s, take-overs, most', value: most, unit: '', aim: AT_MOST(1) },
    ...timeFigures('SIGCONT to one owner', settled, { p99: SETTLED_MOST_MS }),
  ];
}

export async function starvation({ stage, say }: Context): Promise<Figure[]> {
  say(`eight busy loops for ${STARVED_MS / 1_000} s ...`);
  return calmFigures('eight busy loops', await starve(stage, STARVED_MS), 0);
}

export async function loss({ stage, minutes, say }: Context): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [percent, most] of [
    [1, 0],
    [5, 1],
  ] as const) {
    say(`${percent} % of all frames lost for ${minutes} min ...`);
    const calm = await loseFrames(stage, percent / 100, minutes * 60_000);
    figures.push(...calmFigures(`${percent} % loss for ${minutes} min`, calm, most));
  }
  return figures;
}

function calmFigures(name: string, { takeOvers, falseDeaths }: Calm, most: number): Figure[] {
  return [
    { name: `${name}, wrong take-overs`, value: takeOvers, unit: '', aim: AT_MOST(most) },
    { name: `${name}, false deaths of any speaker`, value: falseDeaths, unit: '', aim: AT_MOST(most) },
  ];
}

export async function forgery({ stage, say }: Context): Promise<Figure[]> {
  say('garbage, forged, replayed and reflected heartbeats ...');
  const { calm, ignored, resurrections } = await forgeHeartbeats(stage);
  say(`ignored and counted: ${ignored.join(', ')}`);
  return [
    ...calmFigures('false heartbeats', calm, 0),
    { name: 'false heartbeats, dead owners revived', value: resurrections, unit: '', aim: AT_MOST(0) },
  ];
}

export async function partition(context: Context): Promise<Figure[]> {
  const { owner, heir } = context.stage;
  return await split(context, 'partition', { apart: [owner], expected: [owner, heir] });
}

export async function fencing(context: Context): Promise<Figure[]> {
  const { stage } = context;
  await setSpeakerEnv(stage.lab, ['FENCING=majority']);
  try {
    await untilOwner(stage, stage.owner);
    const { owner, heir } = stage;
    return [
      ...(await split(context, 'fenced partition, owner alone', { apart: [owner], expected: [heir] })),
      ...(await split(context, 'fenced partition, heir alone', { apart: [heir], expected: [owner] })),
    ];
  } finally {
    await setSpeakerEnv(stage.lab, ['FENCING-']);
    await untilOwner(stage, stage.owner);
  }
}

async function split(
  context: Context,
  name: string,
  plan: { apart: readonly string[]; expected: readonly string[] },
): Promise<Figure[]> {
  const seen = await repeat(few(context), name, () => partitionAndHeal(context.stage, plan));
  const settled = seen.map(({ settledMs }) => settledMs);
  const missed = seen.filter(({ reached, reannounced }) => !(reached && reannounced)).length;
  return [
    ...timeFigures(`${name}, heal to one owner`, settled, { p99: SETTLED_MOST_MS }),
    { name: `${name}, not reached or not announced again`, value: missed, unit: '', aim: AT_MOST(0) },
  ];
}

function few(context: Context): Context {
  return { ...context, runs: Math.min(context.runs, FEW) };
}
