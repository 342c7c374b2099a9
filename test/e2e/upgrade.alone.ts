// An upgrade of all three programs under load: nobody who uses the cluster notices.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Stage, setStage } from '#test/chaos/failover/stage.ts';
import { upgradeTo } from '#test/chaos/failover/upgrade.ts';
import { openLab } from '#test/lab/lab.ts';

/** Plenty: a slow machine is no failure, and a SYN that was lost once comes again after a second. */
const PATIENCE_MS = 3_000;
const lab = openLab('upgrade');
let stage: Stage;

describe('upgrade', { timeout: 240_000 }, () => {
  before(async () => {
    await lab.down();
    await lab.up({ nodes: 3 });
    stage = await setStage(lab, PATIENCE_MS);
  });
  after(async () => {
    await stage?.close();
    await lab.down();
  });

  test('under 200 connections/s and 50 reviews/s no review fails, and no connection but one that is open as it moves', async (t) => {
    const { rolling, reviews, failures, images } = await upgradeTo('next', stage);
    t.diagnostic(JSON.stringify({ ...rolling, reviews }));
    assert.deepEqual(images, ['ghcr.io/arpeggio/arpeggio:next']);
    // How many fail of those that are half-way as it moves is chance: as many as are open at that moment.
    assert.deepEqual([failures, rolling.failedApart], [[], 0]);
    assert.ok(reviews > 100 && rolling.attempts > 100);
    // Away from the owner and back to it.
    assert.ok(rolling.handOvers >= 2, `${rolling.handOvers} hand-overs`);
  });
});
