// What is never handed out, and worlds large enough that a scan would show.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatIp } from '#core/ip.ts';
import { service } from '#test/core/builders.ts';
import { configOf, decide, KEY, summary } from './world.ts';

const SMALL = configOf({ a: { addresses: ['10.0.0.1-10.0.0.3'] } });

test('allocate never hands out the address of a Node, but leaves it to who holds it', () => {
  const services = [service('a'), service('b', { held: ['10.0.0.2'] })];
  assert.deepEqual(summary(decide(SMALL, services, ['10.0.0.1', '10.0.0.2'])), [
    'a: 10.0.0.3 Allocated',
    'b: 10.0.0.2 Allocated',
  ]);
});

test('an address of a Node that its holder moves away from is not given to the next', () => {
  const config = configOf({ a: { addresses: ['10.0.0.1/32'] }, b: { addresses: ['10.1.0.1-10.1.0.3'] } });
  const asks = { annotations: { 'metallb.io/address-pool': 'b' } };
  const services = [
    service('first', { held: ['10.1.0.1'], created: 1, annotations: { 'metallb.io/address-pool': 'a' } }),
    service('second', { created: 2, ...asks }),
  ];
  const moved = summary(
    decide(config, [...services, service('warm', { created: 0, held: ['10.0.0.1'], ...asks })], ['10.1.0.1']),
  );
  assert.deepEqual(moved, ['first: 10.0.0.1 Allocated', 'second: 10.1.0.3 Allocated', 'warm: 10.1.0.2 Allocated']);
});

test('nobody joins an address that a Node has taken', () => {
  const keyed = { annotations: { [KEY]: 'k' } };
  const services = [
    service('holder', { ...keyed, held: ['10.0.0.1'] }),
    service('joiner', { ...keyed, ports: ['TCP/81'] }),
  ];
  assert.deepEqual(summary(decide(SMALL, services, ['10.0.0.1'])), [
    'holder: 10.0.0.1 Allocated',
    'joiner: 10.0.0.2 Allocated',
  ]);
});

test('ten thousand Services with one key and one port each get an address of their own without ten thousand looks', () => {
  const config = configOf({ a: { addresses: ['10.0.0.0/16'] } });
  const services = Array.from({ length: 10_000 }, (_, i) =>
    service(`s${i}`, { annotations: { [KEY]: `k${i % 100}` } }),
  );
  const decisions = decide(config, services);
  assert.equal(new Set(decisions.flatMap(({ ips }) => ips.map(formatIp))).size, 10_000);
});

test('the lowest address of a /64 with ten thousand holders is found without a scan', () => {
  const config = configOf({ a: { addresses: ['fd00::/64'] } });
  const spec = { ipFamilies: ['IPv6'] };
  const holders = Array.from({ length: 10_000 }, (_, i) =>
    service(`s${i}`, { held: [`fd00::${i.toString(16)}`], spec }),
  );
  const decisions = decide(config, [...holders, service('z', { spec })]);
  assert.deepEqual(decisions.find(({ service: { name } }) => name === 'z')?.ips.map(formatIp), ['fd00::2710']);
});
