// `npm run demo`: the lab, Arpeggio from its manifests, its main job step by step, and a table of what was seen.
import Table from 'cli-table3';
import { Command } from 'commander';
import { parseProgram } from './arpeggio.ts';
import type { Seen, Stage } from './demo/step.ts';
import { steps } from './demo/steps.ts';
import { LabFailure, messageOf } from './failure.ts';
import { openLab } from './lab.ts';
import { defaultName } from './place.ts';

type Row = Seen & { readonly what: string };

const started = performance.now();
let interrupted = false;
/** Told at every step on the way, so an interrupt ends the demo between two of them, never beside one. */
const say = (line: string) => {
  if (interrupted) throw new LabFailure('Interrupted');
  console.log(`${((performance.now() - started) / 1000).toFixed(1).padStart(5)} s  ${line}`);
};
const lab = openLab(defaultName, say);

const { keep = false, break: broken } = new Command('demo')
  .description('shows what Arpeggio does, on a real cluster in network namespaces')
  .option('--keep', 'leave the lab up')
  .option('--break <program>', 'do not start webhook, controller or speaker: its lines have to turn false')
  .parse()
  .opts<{ keep?: boolean; break?: string }>();

async function demo(): Promise<Row[]> {
  const without = broken === undefined ? [] : [parseProgram(broken)];
  if (await lab.down()) say('a lab was up already: took it down, the demo starts from nothing');
  // With one program left out another may wait for it for ever: the table is to show that, and soon.
  await lab.up(broken === undefined ? {} : { without, mayFail: true, patienceSeconds: 15 });
  const stage: Stage = { lab, found: {} };
  const rows: Row[] = [];
  for (const { what, run } of steps) {
    say(`${what} ...`);
    const seen = await run(stage).catch((error: unknown) => ({ ok: false, seen: messageOf(error) }));
    say(`  ${seen.ok}: ${seen.seen}`);
    rows.push({ what, ...seen });
  }
  return rows;
}

function print(rows: readonly Row[]): void {
  const table = new Table({
    head: ['what', 'seen', ''],
    colWidths: [34, 74, 7],
    wordWrap: true,
    style: { head: [], border: [] },
  });
  for (const { what, seen, ok } of rows) table.push([what, seen, String(ok)]);
  console.log(table.toString());
}

async function end(): Promise<void> {
  if (!keep) {
    await lab.down();
    say('the lab is down');
    return;
  }
  for (const node of lab.isUp() ? (await lab.state()).nodes : []) if (!node.isPowered) await lab.powerOn(node.name);
  say('the lab stays up; go on by hand:');
  console.log(`
    npm run lab -- kubectl get services,pods -A -o wide
    npm run lab -- exec client -- curl -s http://192.168.1.240/
    npm run lab -- status
    npm run lab -- down`);
}

process.once('SIGINT', () => {
  interrupted = true;
});
try {
  const rows = await demo();
  print(rows);
  await end();
  const falses = rows.filter(({ ok }) => !ok).length;
  say(falses === 0 ? 'every line is true' : `${falses} of ${rows.length} lines are false`);
  process.exitCode = falses === 0 ? 0 : 1;
} catch (error) {
  console.error(error instanceof LabFailure ? error.message : error);
  const isInterrupt = interrupted;
  interrupted = false;
  if (isInterrupt || !keep) await lab.down();
  process.exitCode = isInterrupt ? 130 : 1;
}
