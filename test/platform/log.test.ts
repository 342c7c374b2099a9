import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

test('no line is lost when the program ends right after it', () => {
  const child = fileURLToPath(new URL('./log-child.ts', import.meta.url));
  const { stdout, status } = spawnSync(process.execPath, [child], { encoding: 'utf8' });
  const lines = stdout.trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => (JSON.parse(line) as { i: number }).i),
    Array.from({ length: 1_000 }, (_, i) => i),
  );
  assert.equal(status, 1);
});
