// What `npm test` runs: every file with tests in it, and end-to-end files side by side that have nothing in common.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const ROOT = new URL('../../', import.meta.url).pathname;
const E2E = 'test/e2e/*.{test,alone}.ts';

const read = (path: string) => readFileSync(ROOT + path, 'utf8');
const found = (pattern: string) => globSync(pattern, { cwd: ROOT });

test('npm test runs every file with tests in it but the long ones, and each once', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: { test: string } };
  const run = Array.from(scripts.test.matchAll(/'(\S+)'/g), ([, pattern = '']) => found(pattern)).flat();
  const written = found('test/**/*.ts').filter((path) => /^import .*\btest\b.* from 'node:test';$/m.test(read(path)));
  assert.deepEqual(run.sort(), written.filter((path) => !path.endsWith('.long.ts')).sort());
});

test('every end-to-end file has labs of its own, by their names', () => {
  const names = found(E2E).flatMap((path) => {
    const labs = Array.from(read(path).matchAll(/\b(?:openLab\(|name = |neighbour = )'(\w+)'/g), ([, name]) => name);
    assert.ok(labs.length > 0, path);
    return labs;
  });
  assert.deepEqual(
    names.filter((name, i) => names.indexOf(name) !== i),
    [],
  );
});
