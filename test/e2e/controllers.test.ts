// Two controllers: whatever happens to the one that writes, every Service ends with one address of its own.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Fault, handOver } from '#test/chaos/hand-over.ts';
import { injectFaults } from '#test/chaos/injection.ts';
import { openLab } from '#test/lab/lab.ts';
import { apply } from './cluster.ts';

const LONG = process.env['ARPEGGIO_TEST_LONG'] === '1';
const SERVICES = LONG ? 10_000 : 400;
const ONCE: readonly Fault[] = ['kill', 'stop', 'cut'];
const FAULTS: readonly Fault[] = LONG ? Array.from({ length: 20 }, (_, i) => ONCE[i % 3] ?? 'kill') : ONCE;
const BROKEN = LONG ? 3_000 : 300;
const SEED = 20_261_123;
const lab = openLab('controllers');

describe('two controllers', { timeout: 1_800_000 }, () => {
  before(async () => {
    await lab.down();
    await lab.up({ nodes: 2, without: ['webhook', 'speaker'] });
    const pool = { apiVersion: 'metallb.io/v1beta1', kind: 'IPAddressPool', spec: { addresses: ['10.0.0.0/16'] } };
    await apply(lab, JSON.stringify({ ...pool, metadata: { namespace: 'metallb-system', name: 'wide' } }));
  });
  after(() => lab.down());

  test(`${SERVICES} Services, the holder killed, stopped or cut off ${FAULTS.length} times: one address each, none changed`, async () => {
    const { addresses, changes, holders } = await handOver(lab, { services: SERVICES, faults: FAULTS, seed: SEED });
    assert.equal(new Set(addresses.values()).size, SERVICES);
    assert.deepEqual(changes, []);
    assert.equal(holders.length, FAULTS.length);
  });

  test('409, 429, 500, dropped watches and 410 in the way: the end is the same, one address each, none changed', async () => {
    const { addresses, changes, faults } = await injectFaults(lab, { services: BROKEN, seed: SEED });
    assert.equal(new Set(addresses.values()).size, BROKEN);
    assert.deepEqual(changes, []);
    assert.deepEqual([...faults.keys()].sort(), ['409', '410', '429', '500', 'dropped watch']);
  });
});
