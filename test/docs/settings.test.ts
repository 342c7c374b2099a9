// docs/settings.md names exactly the environment variables that the programs read, with the numbers that stand in the sources.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { checkout } from '#test/lab/state.ts';
import { readDocument } from './files.ts';

const PROGRAMS = ['webhook', 'controller', 'speaker', 'certs', 'cli'];
const READS = [
  /\benv\['([A-Z_]+)'\]/g,
  /\brequireEnv\(\s*'([A-Z_]+)'/g,
  /\breadNumberEnv\(\s*'([A-Z_]+)'/g,
  /\breadChoice\(\s*env,\s*'([A-Z_]+)'/g,
  /([A-Z_]+): \w+(?=[^;{}]*\}: NodeJS\.ProcessEnv)/g,
];
const NUMBERS = /\breadNumberEnv\(\s*'([A-Z_]+)',\s*([\d_]+)/g;
const ROW = /^\| ([a-z, ]+) \| `([A-Z_]+)` \| ([^|]*) \| ([^|]*) \|$/gm;

/** Read by a function that the command line does not call: it writes no log. */
const UNUSED = 'cli LOG_LEVEL';

/** The file and all it imports but types, as texts. */
function sourcesOf(path: string, known = new Map<string, string>()): Map<string, string> {
  if (known.has(path)) return known;
  const text = readFileSync(join(checkout, path), 'utf8');
  known.set(path, text);
  for (const [, from = ''] of text.matchAll(/^(?:import|export) (?!type )[^;]*?from '([#.][^']+\.ts)'/gm))
    sourcesOf(from.startsWith('#') ? from.slice(1) : join(dirname(path), from), known);
  return known;
}

const sources = PROGRAMS.map((program) => ({ program, texts: [...sourcesOf(`${program}/main.ts`).values()] }));
const rows = Array.from(
  readDocument('docs/settings.md').matchAll(ROW),
  ([, programs = '', name = '', fallback = '']) => {
    return { programs: programs.split(', '), name, fallback };
  },
);

test('docs/settings.md names every environment variable that a program reads, and no other', () => {
  const read = sources.flatMap(({ program, texts }) =>
    texts.flatMap((text) =>
      READS.flatMap((read) => Array.from(text.matchAll(read), ([, name]) => `${program} ${name}`)),
    ),
  );
  const named = rows.flatMap(({ programs, name }) => programs.map((program) => `${program} ${name}`));
  assert.deepEqual(named.sort(), [...new Set(read)].filter((one) => one !== UNUSED).sort());
});

test('docs/settings.md gives the numbers that hold when nothing is set', () => {
  const numbers = sources.flatMap(({ program, texts }) =>
    texts.flatMap((text) =>
      Array.from(text.matchAll(NUMBERS), ([, name, value = '']) => ({
        program,
        name,
        value: value.replaceAll('_', ''),
      })),
    ),
  );
  assert.ok(numbers.length > 5);
  for (const { program, name, value } of numbers) {
    const row = rows.find((one) => one.name === name && one.programs.includes(program));
    assert.equal(row?.fallback, value, `${program} ${name}`);
  }
});
