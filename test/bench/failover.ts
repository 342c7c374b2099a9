// Failover in a lab of three nodes under 200 new connections a second, part by part (`--parts` chooses).
import { writeFileSync } from 'node:fs';
import { setStage } from '#test/chaos/failover/stage.ts';
import { LabFailure, quoteAll } from '#test/lab/failure.ts';
import { openLab } from '#test/lab/lab.ts';
import { drain, restart, stop } from './failover/leaving.ts';
import { AT_MOST, type Context, type Part } from './failover/part.ts';
import { scale } from './failover/scale.ts';
import { fast, normal } from './failover/timing.ts';
import { api, carrier, carrierMgmt, fencing, forgery, loss, partition, stall, starvation } from './failover/trouble.ts';
import type { Bench, BenchOptions, Figure } from './figure.ts';
import { formatSvg, formatText, type Series } from './plot.ts';
import { withReleasedImage } from './released.ts';

const RUNS = 30;
const MINUTES = 10;
const SERVICES = 10_000;
/** A SYN that is lost is sent again after 1 s: with less patience than that it is a failure. */
const PATIENCE_MS = 900;

const ON_LAN: { readonly [name: string]: Part } = {
  ...{ power: normal, fast, stop, drain, restart, carrier },
  ...{ stall, partition, fencing, forgery, api, starvation, loss },
};
const WITH_MGMT: { readonly [name: string]: Part } = { 'carrier-mgmt': carrierMgmt };
/** In a lab of its own. */
const SCALE = 'scale';
const NAMES = [...Object.keys(ON_LAN), ...Object.keys(WITH_MGMT), SCALE];

type Plan = BenchOptions & { readonly say: (line: string) => void; readonly series: Series[] };

export const failover: Bench = {
  async run(say, options) {
    const parts = options.parts ?? NAMES;
    const unknown = parts.filter((part) => !NAMES.includes(part));
    if (unknown.length > 0) throw new LabFailure(`Cannot run ${quoteAll(unknown)}: wanted some of ${quoteAll(NAMES)}`);
    const plan: Plan = { ...options, say, series: [] };
    const figures = [
      ...(await runParts(plan, chosen(ON_LAN, parts), false)),
      ...(await runParts(plan, chosen(WITH_MGMT, parts), true)),
      ...(parts.includes(SCALE) ? await runScale(options.services ?? SERVICES, say) : []),
    ];
    if (plan.series.length > 0)
      say(`\nfrom the power cut, each run a dot, the median a bar\n${formatText(plan.series)}`);
    if (options.plot) writeFileSync(options.plot, formatSvg(plan.series));
    return figures;
  },
};

function chosen(all: { readonly [name: string]: Part }, names: readonly string[]): [string, Part][] {
  return Object.entries(all).filter(([name]) => names.includes(name));
}

async function runParts(plan: Plan, parts: readonly [string, Part][], mgmt: boolean): Promise<Figure[]> {
  if (parts.length === 0) return [];
  const { say, series, runs = RUNS, minutes = MINUTES } = plan;
  const lab = openLab(mgmt ? 'benchmgmt' : 'benchfail');
  await lab.down();
  try {
    say(mgmt ? 'a lab with a second network ...' : 'a lab ...');
    await lab.up({ nodes: 3, mgmt });
    const stage = await setStage(lab, PATIENCE_MS);
    const figures: Figure[] = [];
    const context: Context = { stage, runs, minutes, say, series };
    for (const [name, part] of parts) figures.push(...(await orFailure(name, say, () => part(context))));
    await stage.close();
    return figures;
  } finally {
    await lab.down();
  }
}

async function runScale(services: number, say: Plan['say']): Promise<Figure[]> {
  const lab = openLab('benchscale');
  await lab.down();
  try {
    return await withReleasedImage(say, async (image) => {
      say('a lab for many Services ...');
      await lab.up({ nodes: 3, image, without: ['webhook'] });
      return await orFailure(SCALE, say, () => scale(lab, services, say));
    });
  } finally {
    await lab.down();
  }
}

/** What never came true is a figure as well, and no reason to leave out the rest. */
async function orFailure(name: string, say: Plan['say'], run: () => Promise<Figure[]>): Promise<Figure[]> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof LabFailure)) throw error;
    say(`${name}: ${error.message}`);
    return [{ name: `${name}: came to no end`, value: 1, unit: '', aim: AT_MOST(0) }];
  }
}
