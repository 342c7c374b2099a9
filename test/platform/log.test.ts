import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

for (const [count, when] of [
  [1_000, 'right after it'],
  [30_000, 'before a tenth of it was read'],
] as const) {
  test(`no line of ${count} is lost when the program ends ${when}`, () => {
    const child = fileURLToPath(new URL('./log-child.ts', import.meta.url));
    const { stdout, status } = spawnSync(process.execPath, [child, String(count)], {
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    });
    const lines = stdout.trimEnd().split('\n');
    // A full pipe may bring the chunk that was under way last.
    const numbers = lines.map((line) => (JSON.parse(line) as { i: number }).i).sort((a, b) => a - b);
    assert.deepEqual(
      numbers,
      Array.from({ length: count }, (_, i) => i),
    );
    assert.equal(status, 1);
  });
}
