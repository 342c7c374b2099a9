// The addon under AddressSanitizer and UndefinedBehaviorSanitizer.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

const native = fileURLToPath(new URL('../../../speaker/native/build.sh', import.meta.url));
const script = fileURLToPath(new URL('./exercise-child.ts', import.meta.url));
const runtime = execFileSync('gcc', ['-print-file-name=libasan.so'], { encoding: 'utf8' }).trim();

test('no use of the addon touches memory that is not its own', { skip: !existsSync(runtime) }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'arpeggio-sanitizer-'));
  try {
    const addon = join(folder, 'arpeggio.node');
    const CFLAGS = '-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer';
    execFileSync('sh', [native], { env: { ...process.env, CFLAGS, OUTPUT: addon } });
    // Leaks are not looked for: the runtime around the addon leaves much to the end of the process.
    const env = { ...process.env, LD_PRELOAD: runtime, ASAN_OPTIONS: 'detect_leaks=0' };
    const { stdout, stderr, status } = spawnSync(process.execPath, [script, addon], { env, encoding: 'utf8' });
    assert.equal(stdout, 'done\n', stderr);
    assert.equal(status, 0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
