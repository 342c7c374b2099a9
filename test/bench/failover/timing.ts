// How long an address is nobody's when its owner loses power: our two paces, and keepalived in the same minutes.

import { setSpeakerEnv } from '#test/chaos/failover/rolling.ts';
import { untilOwner } from '#test/chaos/failover/stage.ts';
import { powerCut } from '#test/chaos/failover/take-over.ts';
import { run } from '#test/lab/command.ts';
import { type Figure, percentile } from '../figure.ts';
import { measureKeepalived } from './keepalived.ts';
import { AT_MOST, type Context, connectionFigures, repeat, timeFigures } from './part.ts';

export async function normal(context: Context): Promise<Figure[]> {
  const figures = await measure(context, 'power off', { p50: 220, p99: 300 });
  return [...figures, ...(await reference(context))];
}

export async function fast(context: Context): Promise<Figure[]> {
  const { stage } = context;
  await setSpeakerEnv(stage.lab, ['LIVENESS=fast']);
  try {
    await untilOwner(stage, stage.owner);
    return await measure(context, 'power off, LIVENESS=fast', { p50: 170 });
  } finally {
    await setSpeakerEnv(stage.lab, ['LIVENESS-']);
    await untilOwner(stage, stage.owner);
  }
}

async function measure(context: Context, name: string, aims: { p50: number; p99?: number }): Promise<Figure[]> {
  const seen = await repeat(context, name, () => powerCut(context.stage));
  const frames = seen.map(({ firstFrameMs }) => firstFrameMs);
  const goods = seen.map(({ firstGoodMs }) => firstGoodMs);
  context.series.push({ name, samples: frames }, { name: 'first good connection', samples: goods });
  return [
    ...timeFigures(`${name}, first frame`, frames, aims),
    ...timeFigures(`${name}, first good connection`, goods),
    ...connectionFigures(name, seen),
  ];
}

async function reference({ stage, runs, say, series }: Context): Promise<Figure[]> {
  if ((await run(['keepalived', '--version'])).code !== 0) {
    say('keepalived is left out: it is not installed (Debian: apt-get install keepalived)');
    return [];
  }
  say('keepalived ...');
  const samples = await measureKeepalived(stage.lab, stage.wire, runs);
  const ours = series.find(({ name }) => name === 'power off')?.samples ?? [];
  series.push({ name: 'keepalived', samples });
  const ratio = percentile(ours, 0.5) / percentile(samples, 0.5);
  return [
    ...timeFigures('keepalived, first frame', samples),
    { name: 'first frame p50, ours / keepalived', value: ratio, unit: '', aim: AT_MOST(1) },
  ];
}
