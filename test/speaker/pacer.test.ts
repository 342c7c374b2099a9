// The send queue on virtual time: never above the pace, first frames first.
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { Pacer, type Urgency } from '#speaker/pacer.ts';

const KINDS: readonly Urgency[] = ['first', 'probe', 'repeat'];

type Sent = { at: number; item: number };

/** Sends with a timer of `tick` ms until the queue is empty. */
function drain(pacer: Pacer<number>, tick: number): Sent[] {
  const sent: Sent[] = [];
  for (let now = 0; pacer.waiting > 0; now += tick) {
    for (let item = pacer.take(now); item !== undefined; item = pacer.take(now)) sent.push({ at: now, item });
  }
  return sent;
}

function mostInOneSecond(sent: readonly Sent[]): number {
  let most = 0;
  for (let first = 0, last = 0; last < sent.length; last++) {
    while ((sent[last]?.at ?? 0) - (sent[first]?.at ?? 0) >= 1_000) first++;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

test('a thousand addresses: the first frame of each within 600 ms, ahead of all repeats', () => {
  const pacer = new Pacer<number>((item) => item);
  for (let ip = 0; ip < 1_000; ip++) {
    pacer.add(ip, 'first');
    pacer.add(ip + 10_000, 'repeat');
  }
  const sent = drain(pacer, 5);
  const firsts = sent.slice(0, 1_000);
  assert.ok(firsts.every(({ item }) => item < 10_000));
  assert.ok((firsts.at(-1)?.at ?? 0) <= 600, `last first frame at ${firsts.at(-1)?.at} ms`);
  assert.equal(sent.length, 2_000);
});

test('no second has more than 2,000 frames, whatever the timer does', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), (tick) => {
      const pacer = new Pacer<number>((item) => item);
      for (let item = 0; item < 5_000; item++) pacer.add(item, KINDS[item % 3] ?? 'first');
      assert.ok(mostInOneSecond(drain(pacer, tick)) <= 2_000);
    }),
    { numRuns: 20 },
  );
});

test('an idle queue sends at once and tells how long to wait', () => {
  const pacer = new Pacer<number>((item) => item);
  assert.equal(pacer.wait(0), undefined);
  for (let item = 0; item < 30; item++) pacer.add(item, 'repeat');
  assert.equal(pacer.wait(0), 0);
  let count = 0;
  while (pacer.take(0) !== undefined) count++;
  assert.equal(count, 20);
  assert.ok((pacer.wait(0) ?? 0) > 0);
});

test('the same frame never waits twice, and moves ahead when it becomes a first one', () => {
  const pacer = new Pacer<number>((item) => item);
  pacer.add(1, 'repeat');
  pacer.add(2, 'repeat');
  pacer.add(2, 'first');
  pacer.add(2, 'repeat');
  assert.equal(pacer.waiting, 2);
  assert.deepEqual([pacer.take(0), pacer.take(0), pacer.take(0)], [2, 1, undefined]);
});

test('probes wait for first frames alone, and share what is left with repeats', () => {
  const pacer = new Pacer<number>((item) => item);
  for (const item of [1, 2]) pacer.add(item, 'repeat');
  for (const item of [11, 12, 13]) pacer.add(item, 'probe');
  for (const item of [21, 22]) pacer.add(item, 'first');
  const taken = Array.from({ length: 8 }, () => pacer.take(0));
  assert.deepEqual(taken, [21, 22, 11, 1, 12, 2, 13, undefined]);
});

test('what was never sent can be taken back', () => {
  const pacer = new Pacer<number>((item) => item);
  KINDS.forEach((urgency, item) => {
    pacer.add(item, urgency);
  });
  assert.deepEqual(pacer.drain(), [0, 1, 2]);
  assert.equal(pacer.waiting, 0);
});
