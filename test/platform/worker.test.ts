import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Log } from '#platform/log.ts';
import { openWorker } from '#platform/worker.ts';

function memoryLog(): { log: Log; lines: string[] } {
  const lines: string[] = [];
  const keep = (_fields: object, msg: string) => {
    lines.push(msg);
  };
  return { log: { debug: keep, info: keep, warn: keep, error: keep }, lines };
}

test('a burst of marks makes one pass', async () => {
  let passes = 0;
  const worker = openWorker(
    () => {
      passes++;
    },
    { signal: new AbortController().signal, log: memoryLog().log },
  );
  for (let i = 0; i < 100; i++) worker.markDirty();
  await worker.settled();
  assert.equal(passes, 1);
});

test('a mark during a pass makes one more, and passes never overlap', async () => {
  let running = 0;
  let passes = 0;
  const worker = openWorker(
    async () => {
      assert.equal(++running, 1);
      if (++passes === 1) for (let i = 0; i < 10; i++) worker.markDirty();
      await new Promise((resolve) => setImmediate(resolve));
      running--;
    },
    { signal: new AbortController().signal, log: memoryLog().log },
  );
  worker.markDirty();
  await worker.settled();
  assert.equal(passes, 2);
});

test('a failed pass is said and tried again', async () => {
  const { log, lines } = memoryLog();
  let passes = 0;
  const worker = openWorker(
    () => {
      if (++passes === 1) throw new Error('no luck');
    },
    { signal: new AbortController().signal, log },
  );
  worker.markDirty();
  await worker.settled();
  assert.equal(passes, 2);
  assert.deepEqual(lines, ['pass failed, will try again']);
});

test('nothing runs after the stop', async () => {
  const stop = new AbortController();
  let passes = 0;
  const worker = openWorker(
    () => {
      passes++;
    },
    { signal: stop.signal, log: memoryLog().log },
  );
  stop.abort();
  worker.markDirty();
  await worker.settled();
  assert.equal(passes, 0);
});
