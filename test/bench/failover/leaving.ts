// Owners that go in order: stopped, drained, replaced by an upgrade. Peers are told first, so no connection has to fail.
import { restartSpeakers } from '#test/chaos/failover/rolling.ts';
import { drainOwner, stopOwner } from '#test/chaos/failover/take-over.ts';
import type { Figure } from '../figure.ts';
import { AT_MOST, type Context, connectionFigures, repeat, timeFigures } from './part.ts';

const RUNS_MOST = 20;

export async function stop(context: Context): Promise<Figure[]> {
  return await leave(context, 'SIGTERM', () => stopOwner(context.stage));
}

export async function drain(context: Context): Promise<Figure[]> {
  return await leave(context, 'drain', () => drainOwner(context.stage));
}

async function leave(context: Context, name: string, act: () => ReturnType<typeof stopOwner>): Promise<Figure[]> {
  const seen = await repeat(limited(context, RUNS_MOST), name, act);
  const frames = seen.map(({ firstFrameMs }) => firstFrameMs);
  return [...timeFigures(`${name}, first frame`, frames), ...connectionFigures(name, seen, 0)];
}

export async function restart(context: Context): Promise<Figure[]> {
  const name = 'rolling restart';
  const seen = await repeat(limited(context, RUNS_MOST), name, () => restartSpeakers(context.stage));
  const sum = (pick: (one: (typeof seen)[number]) => number) => seen.reduce((total, one) => total + pick(one), 0);
  const of = `of ${sum(({ attempts }) => attempts)} in ${seen.length} runs`;
  return [
    { name: `${name}, hand-overs`, value: sum(({ handOvers }) => handOvers), unit: '' },
    { name: `${name}, failed apart from a hand-over`, value: sum((one) => one.failedApart), unit: of, aim: AT_MOST(0) },
    { name: `${name}, failed in flight`, value: sum((one) => one.failedInFlight), unit: of, aim: AT_MOST(0) },
  ];
}

function limited(context: Context, most: number): Context {
  return { ...context, runs: Math.min(context.runs, most) };
}
