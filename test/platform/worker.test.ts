import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
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

test('changes that can wait take a quarter of the time at most, and what cannot wait comes at once', async () => {
  const PASS_MS = 20;
  const passes: { at: number; end: number }[] = [];
  const stop = new AbortController();
  const worker = openWorker(
    () => {
      const at = performance.now();
      while (performance.now() < at + PASS_MS);
      passes.push({ at, end: performance.now() });
    },
    { signal: stop.signal, log: memoryLog().log },
  );
  const marking = setInterval(() => worker.markSoon(), 1);
  const patience = performance.now() + 5_000;
  while (passes.length < 4 && performance.now() < patience) await delay(1);
  assert.ok(passes.length >= 4);
  clearInterval(marking);
  for (const [i, { at }] of passes.entries())
    assert.ok(i === 0 || at - (passes[i - 1]?.end ?? 0) >= 2 * PASS_MS, `after ${at - (passes[i - 1]?.end ?? 0)} ms`);
  worker.markSoon();
  const count = passes.length;
  worker.markDirty();
  await worker.settled();
  assert.equal(passes.length, count + 1);
  // The waiting mark was served with it.
  await delay(5 * PASS_MS);
  assert.equal(passes.length, count + 1);
  stop.abort();
});

test('a change that can wait and comes during a long pass waits as well', async () => {
  const PASS_MS = 20;
  const begins: number[] = [];
  let end = 0;
  const worker = openWorker(
    async () => {
      begins.push(performance.now());
      await delay(PASS_MS);
      if (begins.length === 1) worker.markSoon();
      end = begins.length === 1 ? performance.now() : end;
    },
    { signal: new AbortController().signal, log: memoryLog().log },
  );
  worker.markDirty();
  const patience = performance.now() + 5_000;
  while (begins.length < 2 && performance.now() < patience) await delay(1);
  assert.ok((begins[1] ?? 0) - end >= 2 * PASS_MS, `${(begins[1] ?? 0) - end} ms`);
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
