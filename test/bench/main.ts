// `npm run bench -- NAME [--json]`: timed results, which never decide whether a test passes.
import { Command, InvalidArgumentError } from 'commander';
import { LabFailure } from '#test/lab/failure.ts';
import { admission } from './admission.ts';
import { allocation } from './allocation.ts';
import { announce } from './announce.ts';
import { arp } from './arp.ts';
import { failover } from './failover.ts';
import { type Bench, type BenchOptions, formatJson, formatTable } from './figure.ts';
import { fleet } from './fleet.ts';

const benches: { readonly [name: string]: Bench } = { admission, allocation, announce, arp, failover, fleet };

const command = new Command('bench')
  .description('measures on this machine; quote ratios of one run')
  .argument('<name>', `one of ${Object.keys(benches).join(', ')}`)
  .option('--json', 'print one JSON object')
  .option('--runs <count>', 'failover: how often each take-over is repeated (30)', parseCount)
  .option('--minutes <count>', 'failover: how long frames are lost (10)', parseCount)
  .option('--services <count>', 'failover: how many there are in the part scale (10000)', parseCount)
  .option('--parts <names>', 'failover: these parts only, separated by commas', (text) => text.split(','))
  .option('--hours <hours>', 'fleet: virtual time at most (24)', parseCount)
  .option('--nodes <count>', 'fleet: this size only', parseCount)
  .option('--plot <file>', 'failover: draw the take-overs into this SVG file')
  .parse();

const [name = ''] = command.args;
const bench = benches[name];
if (bench) {
  const { json, ...options } = command.opts<BenchOptions & { json?: boolean }>();
  try {
    const figures = await bench.run((line) => console.error(line), options);
    console.log(json ? formatJson(name, figures) : formatTable(figures));
  } catch (error) {
    if (!(error instanceof LabFailure)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
} else {
  console.error(`Cannot run bench: "${name}" is unknown, wanted one of ${Object.keys(benches).join(', ')}`);
  process.exitCode = 1;
}

function parseCount(text: string): number {
  const count = Number(text);
  if (count > 0) return count;
  throw new InvalidArgumentError('wanted a number above 0');
}
