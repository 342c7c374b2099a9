// One pass against a scripted API server on a real socket: what it still does when a write fails or the Lease is lost.
import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { afterEach, test } from 'node:test';
import { Registry } from 'prom-client';
import type { Caches } from '#controller/gather.ts';
import { openAllocationMetrics } from '#controller/metrics.ts';
import { openPass } from '#controller/pass.ts';
import { type AddressConflict, parseConflict } from '#core/conflict.ts';
import type { Namespace } from '#core/node.ts';
import type { Service } from '#core/service.ts';
import type { Cache } from '#platform/cache.ts';
import { service } from '#test/core/builders.ts';
import { openApiSocket } from '#test/platform/api-socket.ts';
import { configOf } from './world.ts';

const LOG = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const CONFIG = configOf({ a: { addresses: ['10.0.0.1-10.0.0.9'] } });
const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

type Setting = {
  readonly services: Service[];
  readonly conflicts?: AddressConflict[];
  /** The status of the answer to `METHOD name`. */
  readonly answer?: (asked: string) => number;
  readonly isHeld?: () => boolean;
  readonly isEnding?: () => boolean;
};

function cacheOf<T>(values: T[], refresh: () => void = () => undefined): Cache<T> {
  const common = { get: () => undefined, isSynced: () => true, assume: () => undefined };
  return { ...common, values: () => values, refresh: async () => refresh() };
}

/** `asked` are the requests (`METHOD name`, with a body where it is a DELETE), and `refresh` where the Services were read anew. */
async function play({
  services,
  conflicts = [],
  answer = () => 200,
  isHeld = () => true,
  isEnding = () => false,
}: Setting) {
  const asked: string[] = [];
  const { cluster, close } = await openApiSocket(async (request, response) => {
    const [name = ''] = (request.url ?? '').split('/status').map((path) => path.split('/').at(-1));
    const body = await text(request);
    asked.push(`${request.method} ${name}${request.method === 'DELETE' ? ` ${body}` : ''}`);
    response.statusCode = answer(`${request.method} ${name}`);
    response.end('{}');
  });
  const stop = new AbortController();
  cleanUps.push(() => {
    stop.abort();
    void close();
  });
  const caches: Caches = {
    services: cacheOf(services, () => asked.push('refresh')),
    namespaces: {
      ...cacheOf<Namespace>([]),
      get: (name) => (name === 'ours' ? { name, labels: {}, isTerminating: isEnding() } : undefined),
    },
    nodes: cacheOf<never>([]),
    conflicts: cacheOf<AddressConflict | undefined>(conflicts),
  };
  const pools = [{ metadata: { name: 'a' } }];
  const looks: string[] = [];
  const pass = openPass({
    ...{ cluster, namespace: 'ours', caches, loadBalancerClass: undefined, log: LOG, recordEvent: () => undefined },
    source: {
      ...{ current: () => CONFIG, sources: () => ({ pools, advertisements: [] }) },
      ...{ isSynced: () => true, assumePool: () => undefined },
    },
    lease: { isHeld, term: () => 1, release: () => Promise.resolve() },
    metrics: openAllocationMetrics(new Registry()),
    signal: stop.signal,
    lookAgain: () => looks.push('again'),
  });
  return { asked, looks, pass };
}

const EXPIRED = parseConflict({
  metadata: { name: 'x', resourceVersion: '41' },
  spec: { ip: '10.0.0.9', expires: '2001-01-01T00:00:00Z' },
});
const conflicts = EXPIRED ? [EXPIRED] : [];

test('a new holder reads the Services anew before it decides, once', async () => {
  const { asked, looks, pass } = await play({ services: [service('web')] });
  await pass();
  assert.deepEqual([asked, looks], [['refresh'], ['again']]);
  await pass();
  await pass();
  assert.deepEqual(asked.filter((one) => one === 'refresh').length, 1);
  assert.ok(asked.includes('PATCH web'));
});

test('a Service write that fails does not stop counters and the end of expired reports, and the pass fails after them', async () => {
  const answer = (asked: string) => (asked === 'PATCH web' ? 500 : 200);
  const { asked, pass } = await play({ services: [service('web')], conflicts, answer });
  await pass();
  await assert.rejects(pass(), /500/);
  const body = '{"apiVersion":"v1","kind":"DeleteOptions","preconditions":{"resourceVersion":"41"}}';
  assert.deepEqual(asked, ['refresh', 'PATCH web', 'PATCH a', `DELETE x ${body}`]);
});

test('a holder that lost the Lease while it wrote Services writes nothing else', async () => {
  let isHeld = true;
  const answer = () => {
    isHeld = false;
    return 200;
  };
  const { asked, pass } = await play({ services: [service('web')], conflicts, answer, isHeld: () => isHeld });
  await pass();
  await pass();
  assert.deepEqual(asked, ['refresh', 'PATCH web']);
});

test('a Service keeps the address of a pool that went while the namespace of Arpeggio is being deleted', async () => {
  let isEnding = false;
  const services = [service('web', { held: ['10.9.9.9'] })];
  const { asked, pass } = await play({ services, conflicts, isEnding: () => isEnding });
  await pass();
  isEnding = true;
  await pass();
  assert.deepEqual(asked, ['refresh']);
  isEnding = false;
  await pass();
  assert.ok(asked.includes('PATCH web'));
});

test('what waits for another write of the pass makes it look again', { timeout: 5_000 }, async () => {
  const services = [
    service('a', { held: ['10.0.0.1'], spec: { loadBalancerIP: '10.0.0.2' } }),
    service('b', { held: ['10.0.0.3'], spec: { loadBalancerIP: '10.0.0.1' } }),
  ];
  const { asked, looks, pass } = await play({ services });
  await pass();
  await pass();
  while (looks.length < 2) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(asked.includes('PATCH a') && !asked.includes('PATCH b'));
});
