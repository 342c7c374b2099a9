// What a scrape says of the last pass.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Registry } from 'prom-client';
import { planAddresses } from '#speaker/plan.ts';
import { type Outcome, openPlanMetrics } from '#speaker/plan-metrics.ts';
import { service, standings, world } from '#test/speaker/builders.ts';

async function scrape(outcome: Outcome): Promise<string[]> {
  const registry = new Registry();
  openPlanMetrics(registry, outcome);
  const text = await registry.metrics();
  return text.split('\n').filter((line) => line.startsWith('arpeggio_'));
}

test('before the first pass nothing is known', async () => {
  assert.deepEqual(await scrape({ plans: [], standing: undefined, isFenced: false }), [
    'arpeggio_fenced 0',
    'arpeggio_draining 0',
    'arpeggio_uplink_down 0',
  ]);
});

test('addresses are counted by reason, beside what speaks against the node', async () => {
  const told = standings({ node: 'node-b', draining: true, uplink: 'down' });
  const services = ['10.0.0.1', '10.0.0.2', '10.9.9.9'].map((ip, i) => service(`web${i}`, { ip }));
  const plans = planAddresses(world({ services, standings: standings({ node: 'node-b', draining: true }) }));
  assert.deepEqual(await scrape({ plans, standing: told.get('node-b'), isFenced: true }), [
    'arpeggio_addresses{reason="draining"} 2',
    'arpeggio_addresses{reason="ipNotAllowed"} 1',
    'arpeggio_fenced 1',
    'arpeggio_draining 1',
    'arpeggio_uplink_down 1',
  ]);
});
