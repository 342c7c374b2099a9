// The pace of heartbeats for a number of peers, and the bound on packets.
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { Budget, timingFor } from '#speaker/heartbeat/timing.ts';

const BASE = { intervalMs: 50, deadlineMs: 200 };
const PACKETS_MOST = 1_000;

const table: [peers: number, intervalMs: number, deadlineMs: number][] = [
  [0, 50, 200],
  [2, 50, 200],
  [30, 50, 200],
  [31, 52, 208],
  [63, 105, 420],
  [999, 1_665, 6_660],
];
for (const [peers, intervalMs, deadlineMs] of table) {
  test(`${peers} peers: a beat every ${intervalMs} ms, dead after ${deadlineMs} ms`, () => {
    const timing = timingFor(BASE, peers);
    assert.deepEqual([timing.intervalMs, timing.deadlineMs], [intervalMs, deadlineMs]);
  });
}

test('beats and asides together are never more than 1,000 packets in any second, however many are wanted', () => {
  const base = fc.constantFrom(BASE, { intervalMs: 25, deadlineMs: 150 }, { intervalMs: 10, deadlineMs: 30 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2_000 }), base, fc.integer({ min: 1, max: 100 }), (peers, paced, step) => {
      const beats = (peers * 1_000) / timingFor(paced, peers).intervalMs;
      const budget = new Budget(peers);
      const taken: number[] = [];
      for (let now = 0; now < 3_000; now += step) if (budget.take('peer', now)) taken.push(now);
      const busiest = Math.max(0, ...taken.map((at) => taken.filter((one) => one >= at && one < at + 1_000).length));
      assert.ok(beats + busiest * peers <= PACKETS_MOST, `${beats} beats, ${busiest} asides to each`);
    }),
    { numRuns: 60 },
  );
});

test('a small cluster is never short of asides', () => {
  const budget = new Budget(2);
  for (let i = 0; i < 60; i++) assert.ok(budget.take('peer', 0));
});
