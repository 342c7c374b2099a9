// docs/cli.md says what there is: every command, every option, every reason of a finding.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createProgram } from '#cli/command-line.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const TEXT = readFileSync(`${ROOT}docs/cli.md`, 'utf8');

test('docs/cli.md names every command and every option', () => {
  for (const command of createProgram(() => undefined).commands) {
    assert.ok(TEXT.includes(`| \`${command.name()}`), command.name());
    for (const { long } of command.options) assert.ok(TEXT.includes(`${long}`), `${command.name()} ${long}`);
  }
});

test('docs/cli.md names every reason of its own', () => {
  const sources = globSync('cli/*-findings.ts', { cwd: ROOT }).concat('cli/explain.ts');
  const texts = sources.map((path) => readFileSync(ROOT + path, 'utf8')).join('');
  const reasons = texts.matchAll(/(?:error|warn)\(\s*'(\w+)'|reason: '([A-Z]\w+)'/g);
  const names = new Set(Array.from(reasons, ([, called, given]) => called ?? given ?? ''));
  assert.ok(names.size > 10);
  for (const name of names) assert.ok(TEXT.includes(`\`${name}\``), name);
});
