import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Caches, gather } from '#controller/gather.ts';
import type { Service } from '#core/service.ts';
import type { Cache } from '#platform/cache.ts';
import { service } from '#test/core/builders.ts';
import { configOf } from './world.ts';

function cacheOf<T>(values: T[]): Cache<T> {
  const done = () => Promise.resolve();
  return { values: () => values, get: () => undefined, isSynced: () => true, assume: () => undefined, refresh: done };
}

const OPEN = configOf({ a: { addresses: ['10.0.0.0/30'] } });
const selectors = { namespaceSelectors: [{ matchLabels: { team: 'x' } }] };
const SELECTING = configOf({ a: { addresses: ['10.0.0.0/30'], serviceAllocation: selectors } });
const SERVICES = [service('late/waits'), service('late/holds', { held: ['10.0.0.1'] }), service('here/waits')];

function keysOf(config: typeof OPEN): { judged: string[]; shown: string[] } {
  const here = { name: 'here', labels: {}, isTerminating: false };
  const caches: Caches = {
    services: cacheOf<Service>(SERVICES),
    namespaces: cacheOf([here]),
    nodes: cacheOf<never>([]),
    conflicts: cacheOf<never>([]),
  };
  const world = gather(caches, { config, loadBalancerClass: undefined, now: 0 });
  return { judged: world.services.map(({ key }) => key), shown: world.others.map(({ key }) => key) };
}

test('a Service whose namespace is not here yet is left alone while a pool selects namespaces by label', () => {
  assert.deepEqual(keysOf(SELECTING), { judged: ['here/waits'], shown: ['late/holds'] });
});

test('without such a pool its namespace does not matter', () => {
  assert.deepEqual(keysOf(OPEN), { judged: SERVICES.map(({ key }) => key), shown: [] });
});
