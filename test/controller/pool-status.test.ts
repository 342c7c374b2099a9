import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Registry } from 'prom-client';
import { openAllocationMetrics } from '#controller/metrics.ts';
import { planPoolStatuses } from '#controller/pool-status.ts';
import { capacityOf, isBuggyIp } from '#core/pool.ts';
import { service } from '#test/core/builders.ts';
import { configOf, decide, KEY } from './world.ts';

const SPEC = { addresses: ['10.0.0.1-10.0.0.4', 'fd00::/64'] };
const OBJECT = { metadata: { name: 'a', resourceVersion: '3' }, spec: SPEC };

test('counters are by family, a shared address counts once, and a /64 is counted as far as JSON goes', () => {
  const config = configOf({ a: SPEC });
  const shared = { held: ['10.0.0.1'], annotations: { [KEY]: 'k' } };
  const decisions = decide(config, [service('a', shared), service('b', { ...shared, ports: ['TCP/81'] })]);
  const status = { assignedIPv4: 1, assignedIPv6: 0, availableIPv4: 3, availableIPv6: Number.MAX_SAFE_INTEGER };
  assert.deepEqual(planPoolStatuses([OBJECT], config.pools, decisions), [{ name: 'a', resourceVersion: '3', status }]);
  assert.deepEqual(planPoolStatuses([{ ...OBJECT, status }], config.pools, decisions), []);
});

test('a Service on two pools counts in each with its address of that pool, in counters and in gauges', async () => {
  const config = configOf({ a: { addresses: ['10.0.0.1/32'] }, b: { addresses: ['fd00::1/128'] } });
  const spec = { ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'RequireDualStack' };
  const annotations = { 'metallb.io/loadBalancerIPs': '10.0.0.1,fd00::1' };
  const decisions = decide(config, [service('a', { spec, annotations })]);
  const objects = ['a', 'b'].map((name) => ({ metadata: { name, resourceVersion: '3' } }));
  const none = { assignedIPv4: 0, assignedIPv6: 0, availableIPv4: 0, availableIPv6: 0 };
  assert.deepEqual(planPoolStatuses(objects, config.pools, decisions), [
    { name: 'a', resourceVersion: '3', status: { ...none, assignedIPv4: 1 } },
    { name: 'b', resourceVersion: '3', status: { ...none, assignedIPv6: 1 } },
  ]);
  const registry = new Registry();
  openAllocationMetrics(registry).record(config.pools, decisions);
  const values = await registry.getSingleMetric('metallb_allocator_addresses_in_use_total')?.get();
  assert.deepEqual(values?.values.map(({ labels, value }) => `${labels['pool']} ${value}`).sort(), ['a 1', 'b 1']);
  const lines = (await registry.metrics()).split('\n').filter((line) => /^metallb_allocator_ipv/.test(line));
  assert.deepEqual(lines, [
    'metallb_allocator_ipv4_addresses_total{pool="a"} 1',
    'metallb_allocator_ipv4_addresses_total{pool="b"} 0',
    'metallb_allocator_ipv4_addresses_in_use_total{pool="a"} 1',
    'metallb_allocator_ipv4_addresses_in_use_total{pool="b"} 0',
    'metallb_allocator_ipv6_addresses_total{pool="a"} 0',
    'metallb_allocator_ipv6_addresses_total{pool="b"} 1',
    'metallb_allocator_ipv6_addresses_in_use_total{pool="a"} 0',
    'metallb_allocator_ipv6_addresses_in_use_total{pool="b"} 1',
  ]);
});

test('capacityOf leaves out exactly the buggy addresses', () => {
  const ends = fc.tuple(fc.nat(1_500), fc.nat(1_500)).map((pair) => pair.sort((a, b) => a - b));
  fc.assert(
    fc.property(ends, ([first = 0, last = 0]) => {
      const text = (value: number) => `10.0.${value >> 8}.${value & 255}`;
      const config = configOf({ a: { addresses: [`${text(first)}-${text(last)}`], avoidBuggyIPs: true } });
      const values = Array.from({ length: last - first + 1 }, (_, i) => BigInt(first + i));
      const usable = values.filter((value) => !isBuggyIp({ family: 4, value }));
      assert.equal(config.pools[0] && capacityOf(config.pools[0], 4), BigInt(usable.length));
    }),
  );
});
