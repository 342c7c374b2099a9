// Failover end to end (design section 5): every way to lose an owner, under 200 new connections a second. Times are measured by
// `npm run bench -- failover`; here it counts who owns the address afterwards and that no connection fails without need.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { killWithoutApi } from '#test/chaos/failover/api-away.ts';
import { forgeHeartbeats } from '#test/chaos/failover/forgery.ts';
import { partitionAndHeal } from '#test/chaos/failover/partition.ts';
import { type Stage, setStage } from '#test/chaos/failover/stage.ts';
import { stallOwner } from '#test/chaos/failover/stall.ts';
import { pullCable, stopOwner } from '#test/chaos/failover/take-over.ts';
import { openLab } from '#test/lab/lab.ts';

/** Plenty: a slow machine is no failure, and a SYN that was lost once comes again after a second. */
const PATIENCE_MS = 3_000;
const lab = openLab('failover');
let stage: Stage;

describe('failover', { timeout: 300_000 }, () => {
  before(async () => {
    await lab.down();
    await lab.up({ nodes: 3 });
    stage = await setStage(lab, PATIENCE_MS);
  });
  after(async () => {
    await stage?.close();
    await lab.down();
  });

  test('the owner is stopped: it hands over and no connection fails after the first frame of its heir', async () => {
    const seen = await stopOwner(stage);
    assert.equal(seen.failedAfter, 0);
    assert.ok(seen.attempts > 0);
  });

  test('the owner stands still for a second: its heir takes over once, and then the owner is the only one again', async () => {
    const { takeOvers, lastClaimer } = await stallOwner(stage, 1_000);
    assert.deepEqual([takeOvers, lastClaimer], [1, stage.owner]);
  });

  test('a partition is served on both sides, and when it heals one owner remains and says so', async () => {
    const { owner, heir } = stage;
    const seen = await partitionAndHeal(stage, { apart: [owner], expected: [owner, heir] });
    assert.deepEqual([seen.reannounced, seen.reached], [true, true]);
  });

  test('without the API server a dead owner is replaced, and nothing moves when it is back', async () => {
    const seen = await killWithoutApi(stage, { awayMs: 0, watchMs: 1_000 });
    assert.deepEqual([seen.takeOver.failedAfter, seen.movesAfter], [0, 0]);
  });

  test('heartbeats that no speaker sent are ignored and counted, and wake no dead owner', async () => {
    const { calm, ignored, resurrections } = await forgeHeartbeats(stage);
    assert.deepEqual([calm, resurrections], [{ takeOvers: 0, falseDeaths: 0 }, 0]);
    for (const reason of ['Malformed', 'Reflected', 'Replay', 'WrongKey']) assert.ok(ignored.includes(reason), reason);
  });

  test('a pulled cable is a dead owner, and plugged in it is the owner again', async () => {
    const seen = await pullCable(stage);
    assert.equal(seen.failedAfter, 0);
  });
});
