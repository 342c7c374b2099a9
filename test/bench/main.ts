// `npm run bench -- NAME [--json]`: timed results, which never decide whether a test passes.
import { Command } from 'commander';
import { admission } from './admission.ts';
import { allocation } from './allocation.ts';
import { announce } from './announce.ts';
import { arp } from './arp.ts';
import { type Bench, formatJson, formatTable } from './figure.ts';

const benches: { readonly [name: string]: Bench } = { admission, allocation, announce, arp };

const command = new Command('bench')
  .description('measures on this machine; quote ratios of one run')
  .argument('<name>', `one of ${Object.keys(benches).join(', ')}`)
  .option('--json', 'print one JSON object')
  .parse();

const [name = ''] = command.args;
const bench = benches[name];
if (bench) {
  const figures = await bench.run((line) => console.error(line));
  console.log(command.opts()['json'] ? formatJson(name, figures) : formatTable(figures));
} else {
  console.error(`Cannot run bench: "${name}" is unknown, wanted one of ${Object.keys(benches).join(', ')}`);
  process.exitCode = 1;
}
