// The way from MetalLB as docs/migration.md goes it, with live Services: no address changes, not for a moment.
// MetalLB itself cannot run here; the state that it leaves is put in its place.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { MIGRATION } from '#test/docs/files.ts';
import { openLab } from '#test/lab/lab.ts';
import { openPlayer } from './docs-player.ts';
import { leaveBehind, watchAddresses } from './metallb-left.ts';

const lab = openLab('migration');
const player = openPlayer(lab);
let check: () => Promise<void> = () => Promise.resolve();

/** A cluster that this MetalLB served until now; what the one before shows is judged first. */
async function begin(version: string): Promise<void> {
  await check();
  await lab.down();
  await lab.up({ nodes: 2, isBare: true });
  const fixed = await leaveBehind(lab, version);
  const watch = watchAddresses(lab);
  check = async () => assert.deepEqual((await watch.end()).sort(), fixed.sort());
  await Promise.all(['default', 'shop'].map((namespace) => lab.backend('web', { namespace })));
}

describe('migration from MetalLB', { timeout: 240_000 }, () => {
  before(() => lab.down());
  after(async () => {
    player.close();
    await lab.down();
  });

  test('both ways of docs/migration.md do what they say, and no Service changes its address', async () => {
    await player.play(MIGRATION, {
      'From a ConfigMap': () => begin('0.9'),
      'From custom resources': () => begin('0.14'),
    });
    await check();
  });
});
