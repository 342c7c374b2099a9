// The schedule of announcements on virtual time.
import assert from 'node:assert/strict';
import test from 'node:test';
import { BurstSchedule, nextRefresh } from '#speaker/burst.ts';

function run(schedule: BurstSchedule<number>, until: number): [number, number, boolean][] {
  const seen: [number, number, boolean][] = [];
  for (let at = schedule.next(); at !== undefined && at <= until; at = schedule.next()) {
    for (const { address, isFirst } of schedule.take(at)) seen.push([at, address, isFirst]);
  }
  return seen;
}

test('an address is announced at 0, 50 ms, 1.1 s, 2.2 s and 5 s', () => {
  const schedule = new BurstSchedule<number>();
  schedule.start(7, 1_000);
  assert.deepEqual(run(schedule, 60_000), [
    [1_000, 7, true],
    [1_050, 7, false],
    [2_100, 7, false],
    [3_200, 7, false],
    [6_000, 7, false],
  ]);
  assert.equal(schedule.next(), undefined);
});

test('a burst that starts again begins anew', () => {
  const schedule = new BurstSchedule<number>();
  schedule.start(7, 0);
  run(schedule, 60);
  schedule.start(7, 100);
  assert.deepEqual(
    run(schedule, 60_000).map(([at]) => at),
    [100, 150, 1_200, 2_300, 5_100],
  );
});

test('a withdrawn address is not announced any more', () => {
  const schedule = new BurstSchedule<number>();
  schedule.start(7, 0);
  schedule.start(8, 0);
  run(schedule, 0);
  schedule.stop(7);
  assert.deepEqual(
    run(schedule, 50).map(([, ip]) => ip),
    [8],
  );
});

test('after a stall the first rounds come before the late repeats', () => {
  const schedule = new BurstSchedule<number>();
  schedule.start(1, 0);
  schedule.take(0);
  schedule.start(2, 40);
  assert.deepEqual(
    schedule.take(100).map(({ address }) => address),
    [2, 1, 2],
  );
});

test('ten thousand bursts leave nothing behind', () => {
  const schedule = new BurstSchedule<number>();
  for (let ip = 0; ip < 10_000; ip++) schedule.start(ip, ip);
  assert.equal(run(schedule, 100_000).length, 50_000);
  assert.equal(schedule.next(), undefined);
});

test('a refresh comes within a tenth of its interval; 0 turns it off', () => {
  assert.equal(nextRefresh(1_000, 60_000, 0), 55_000);
  assert.equal(nextRefresh(1_000, 60_000, 0.5), 61_000);
  assert.ok(nextRefresh(1_000, 60_000, 0.999) < 67_000);
  assert.equal(nextRefresh(1_000, 0, 0.5), Number.POSITIVE_INFINITY);
});
