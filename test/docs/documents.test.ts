// What holds for every document without a cluster: the index is whole, links lead somewhere, no command hides from the tests.
import assert from 'node:assert/strict';
import { existsSync, globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { checkout } from '#test/lab/state.ts';
import { INDEX, indexed, README, readDocument } from './files.ts';
import { languagesOf, parseSteps } from './transcript.ts';

const DOCUMENTS = globSync('docs/*.md', { cwd: checkout }).sort();
const ALL = [...DOCUMENTS, README];

/** Commands that no lab can run; each says why in its document. */
const NOT_RUN = 20;

test('the index links to every document', () => {
  assert.deepEqual([...indexed(), INDEX].sort(), DOCUMENTS);
});

test('every link of a document leads to a file', () => {
  for (const path of ALL) {
    const links = Array.from(readDocument(path).matchAll(/\]\(([^)#]+)(#[^)]*)?\)/g), ([, link = '']) => link);
    for (const link of links.filter((one) => !one.includes('://')))
      assert.ok(existsSync(join(checkout, dirname(path), link)), `${path}: ${link}`);
  }
});

test('every fence says its language, so that no command is without a test', () => {
  const languages = new Set(['console', 'sh', 'yaml', 'text']);
  for (const path of ALL)
    for (const language of languagesOf(readDocument(path)))
      assert.ok(languages.has(language), `${path}: "${language}"`);
});

test('only these many commands are not run', () => {
  const steps = ALL.flatMap((path) => parseSteps(readDocument(path)).map((step) => ({ path, step })));
  const found = steps.filter(({ step }) => step.kind === 'not-run');
  assert.equal(found.length, NOT_RUN, found.map(({ path, step }) => `${path}: ${step.section}`).join('\n'));
  assert.ok(steps.filter(({ step }) => step.kind === 'command').length > 100);
});
