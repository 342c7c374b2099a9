// Plays a document in a lab: writes its files, runs its commands, compares what they print.
// DOCS_RECORD=1 writes what was seen into the document instead.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readDocument } from '#test/docs/files.ts';
import { isAsShown } from '#test/docs/output.ts';
import { type Command, parseSteps, type Step, withOutputs } from '#test/docs/transcript.ts';
import type { Lab } from '#test/lab/lab.ts';
import { checkout } from '#test/lab/state.ts';

/** What the reader does before the first command of a section, by its heading. */
export type Hands = { readonly [section: string]: () => Promise<void> };

export type Player = {
  play(path: string, hands?: Hands): Promise<void>;
  close(): void;
};

const IS_RECORDING = process.env['DOCS_RECORD'] === '1';
/** What the documents take from a checkout. */
const LINKS = ['manifests', 'cli'];
/** What a machine of the network runs that is no part of the cluster. */
const OF_CLIENT = /^(curl|ping) /;

export function openPlayer(lab: Lab): Player {
  const folder = mkdtempSync(join(tmpdir(), 'arpeggio-docs-'));
  for (const name of LINKS) symlinkSync(join(checkout, name), join(folder, name));
  const stage = { lab, folder };
  return {
    play: (path, hands = {}) => play(stage, { path, hands }),
    close: () => rmSync(folder, { recursive: true }),
  };
}

type Stage = { readonly lab: Lab; readonly folder: string };
type Piece = { readonly path: string; readonly hands: Hands };

async function play(stage: Stage, piece: Piece): Promise<void> {
  const document = readDocument(piece.path);
  const recorded = new Map<Command, string>();
  try {
    await playSteps(stage, { ...piece, steps: parseSteps(document), recorded });
  } finally {
    if (recorded.size > 0) writeFileSync(join(checkout, piece.path), withOutputs(document, recorded));
  }
}

type Part = Piece & { readonly steps: readonly Step[]; readonly recorded: Map<Command, string> };

async function playSteps(stage: Stage, { path, hands, steps, recorded }: Part): Promise<void> {
  let section = '';
  for (const step of steps) {
    if (step.section !== section) await hands[step.section]?.();
    section = step.section;
    if (step.kind === 'file') writeFileSync(join(stage.folder, step.name), step.text);
    if (step.kind !== 'command') continue;
    const seen = await failureOf(stage, step);
    if (seen === undefined) continue;
    if (!IS_RECORDING || step.shown === undefined)
      assert.fail(`${path}:${step.first}: ${step.text}\nshown:\n${step.shown ?? '(must succeed)'}\nseen:\n${seen}`);
    recorded.set(step, seen);
  }
}

/** Undefined: it did what the document says; else what it printed. */
async function failureOf(stage: Stage, { text, shown }: Command): Promise<string | undefined> {
  const { code, seen } = await execute(stage, text);
  if (shown === undefined) return code === 0 ? undefined : seen;
  return isAsShown(shown, seen) ? undefined : seen;
}

async function execute({ lab, folder }: Stage, text: string): Promise<{ code: number; seen: string }> {
  const { argv, env } = lab.kubectlCommand([]);
  const path = [join(checkout, 'cli'), dirname(argv.at(-1) ?? ''), process.env['PATH']].join(':');
  const where = OF_CLIENT.test(text) ? 'client' : 'control';
  const script = `cd ${folder}\nexec 2>&1\n${text}`;
  const { code, stdout } = await lab.exec(where, ['sh', '-c', script], { env: { ...env, PATH: path } });
  return { code, seen: stdout.replace(/ +$/gm, '').trimEnd() };
}
