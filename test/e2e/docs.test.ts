// Every command of docs/*.md and the README, in order, in a real cluster; what they print is what the documents show.
// DOCS_RECORD=1 writes what was seen into the documents instead.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { indexed, README, readDocument } from '#test/docs/files.ts';
import { isAsShown } from '#test/docs/output.ts';
import { type Command, parseSteps, type Step, withOutputs } from '#test/docs/transcript.ts';
import { openLab } from '#test/lab/lab.ts';
import { checkout } from '#test/lab/state.ts';
import { openStages } from './docs-stages.ts';

const IS_RECORDING = process.env['DOCS_RECORD'] === '1';
/** What the documents take from a checkout. */
const LINKS = ['manifests', 'cli'];
/** What a machine of the network runs that is no part of the cluster. */
const OF_CLIENT = /^(curl|ping) /;

const lab = openLab('docs');
const stages = openStages(lab);
const folder = mkdtempSync(join(tmpdir(), 'arpeggio-docs-'));
for (const name of LINKS) symlinkSync(join(checkout, name), join(folder, name));

async function execute(text: string): Promise<{ code: number; seen: string }> {
  const { argv, env } = lab.kubectlCommand([]);
  const path = [join(checkout, 'cli'), dirname(argv.at(-1) ?? ''), process.env['PATH']].join(':');
  const where = OF_CLIENT.test(text) ? 'client' : 'control';
  const script = `cd ${folder}\nexec 2>&1\n${text}`;
  const { code, stdout } = await lab.exec(where, ['sh', '-c', script], { env: { ...env, PATH: path } });
  return { code, seen: stdout.replace(/ +$/gm, '').trimEnd() };
}

/** Undefined: it did what the document says. */
async function failureOf({ text, shown }: Command): Promise<string | undefined> {
  const { code, seen } = await execute(text);
  if (shown === undefined) return code === 0 ? undefined : seen;
  return isAsShown(shown, seen) ? undefined : seen;
}

async function play(path: string): Promise<void> {
  const document = readDocument(path);
  const recorded = new Map<Command, string>();
  await stages.begin(path);
  try {
    await playSteps(path, parseSteps(document), recorded);
  } finally {
    if (recorded.size > 0) writeFileSync(join(checkout, path), withOutputs(document, recorded));
    await stages.end();
  }
}

async function playSteps(path: string, steps: readonly Step[], recorded: Map<Command, string>): Promise<void> {
  let section = '';
  for (const step of steps) {
    if (step.section !== section) await stages.enter(path, step.section);
    section = step.section;
    if (step.kind === 'file') writeFileSync(join(folder, step.name), step.text);
    if (step.kind !== 'command') continue;
    const seen = await failureOf(step);
    if (seen === undefined) continue;
    if (!IS_RECORDING || step.shown === undefined)
      assert.fail(`${path}:${step.first}: ${step.text}\nshown:\n${step.shown ?? '(must succeed)'}\nseen:\n${seen}`);
    recorded.set(step, seen);
  }
}

describe('the documents', { timeout: 240_000 }, () => {
  before(async () => {
    await lab.down();
    await lab.up({ nodes: 3, isBare: true });
  });
  after(async () => {
    rmSync(folder, { recursive: true });
    await lab.down();
  });

  for (const path of [...indexed(), README]) test(`${path}: every command does what it says`, () => play(path));
});
