import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

function runChild(file: string, ...args: string[]) {
  const child = fileURLToPath(new URL(file, import.meta.url));
  return spawnSync(process.execPath, [child, ...args], { encoding: 'utf8', maxBuffer: 1 << 27 });
}

for (const [count, when] of [
  [1_000, 'right after it'],
  [30_000, 'before a tenth of it was read'],
] as const) {
  test(`no line of ${count} is lost when the program ends ${when}`, () => {
    const { stdout, status } = runChild('./log-child.ts', String(count));
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

test('lines that find no room are counted, each once', () => {
  const { stdout, stderr } = runChild('./log-flood-child.ts');
  const written = stdout.trimEnd().split('\n').length;
  const dropped = Number(stderr);
  assert.ok(dropped > 0);
  assert.equal(written + dropped, 300_000);
});
