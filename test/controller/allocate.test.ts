import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Config } from '#core/config.ts';
import type { Service } from '#core/service.ts';
import { type ServiceShape, service } from '#test/core/builders.ts';
import { configOf, decide, KEY, summary } from './world.ts';

const SMALL = configOf({ a: { addresses: ['10.0.0.1-10.0.0.3'] } });
const DUAL: ServiceShape['spec'] = { ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'RequireDualStack' };

const PREFER: ServiceShape['spec'] = { ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'PreferDualStack' };

const CASES: [string, Config, Service[], string[]][] = [
  [
    'the oldest Service gets the lowest address',
    SMALL,
    [service('b', { created: 2 }), service('a', { created: 3 }), service('c', { created: 1 })],
    ['a: 10.0.0.3 Allocated', 'b: 10.0.0.2 Allocated', 'c: 10.0.0.1 Allocated'],
  ],
  [
    'Services of one age go by key',
    SMALL,
    [service('b'), service('a')],
    ['a: 10.0.0.1 Allocated', 'b: 10.0.0.2 Allocated'],
  ],
  [
    'a holder keeps its address before an older waiting Service',
    SMALL,
    [service('old', { created: 1 }), service('new', { created: 9, held: ['10.0.0.1'] })],
    ['new: 10.0.0.1 Allocated', 'old: 10.0.0.2 Allocated'],
  ],
  [
    'a requested address is given',
    SMALL,
    [service('a', { spec: { loadBalancerIP: '10.0.0.3' } })],
    ['a: 10.0.0.3 Allocated'],
  ],
  [
    'a requested address that is taken is waited for',
    SMALL,
    [service('a', { held: ['10.0.0.3'] }), service('b', { spec: { loadBalancerIP: '10.0.0.3' } })],
    ['a: 10.0.0.3 Allocated', 'b: - AddressInUse'],
  ],
  [
    'of two that show one unshared address the older keeps it',
    SMALL,
    [service('a', { held: ['10.0.0.1'], created: 2 }), service('b', { held: ['10.0.0.1'], created: 1 })],
    ['a: 10.0.0.2 Allocated', 'b: 10.0.0.1 Allocated'],
  ],
  [
    'a good address is kept when the next wish cannot be met',
    SMALL,
    [service('a', { held: ['10.0.0.1'], spec: { loadBalancerIP: '10.9.9.9' } })],
    ['a: 10.0.0.1 AddressNotInPool'],
  ],
  [
    'a wish that can be met moves the Service',
    SMALL,
    [service('a', { held: ['10.0.0.1'], spec: { loadBalancerIP: '10.0.0.2' } })],
    ['a: 10.0.0.2 Allocated'],
  ],
  [
    'moves that wait for each other are done in one pass',
    SMALL,
    [
      service('a', { held: ['10.0.0.1'], spec: { loadBalancerIP: '10.0.0.2' } }),
      service('b', { held: ['10.0.0.2'], spec: { loadBalancerIP: '10.0.0.3' } }),
    ],
    ['a: 10.0.0.2 Allocated', 'b: 10.0.0.3 Allocated'],
  ],
  [
    'an exhausted pool is said so',
    SMALL,
    ['a', 'b', 'c', 'd'].map((name) => service(name)),
    ['a: 10.0.0.1 Allocated', 'b: 10.0.0.2 Allocated', 'c: 10.0.0.3 Allocated', 'd: - PoolExhausted'],
  ],
  [
    'an address outside every pool is replaced',
    SMALL,
    [service('a', { held: ['10.9.9.9'] })],
    ['a: 10.0.0.1 Allocated'],
  ],
  ['no pool at all', configOf({}), [service('a')], ['a: - NoPool']],
  [
    'buggy addresses are passed over',
    configOf({ a: { addresses: ['10.0.0.254-10.0.1.2'], avoidBuggyIPs: true } }),
    ['a', 'b', 'c'].map((name) => service(name)),
    ['a: 10.0.0.254 Allocated', 'b: 10.0.1.1 Allocated', 'c: 10.0.1.2 Allocated'],
  ],
  [
    'a pool that does not assign by itself is left alone',
    configOf({ a: { addresses: ['10.0.0.0/30'], autoAssign: false } }),
    [service('a'), service('b', { annotations: { 'metallb.io/address-pool': 'a' } })],
    ['a: - PoolNotAllowed', 'b: 10.0.0.0 Allocated'],
  ],
  [
    'pinned pools come first, by priority, then the others by name',
    configOf({
      z: { addresses: ['10.3.0.0/32'] },
      low: { addresses: ['10.2.0.0/32'], serviceAllocation: { priority: 20 } },
      high: { addresses: ['10.1.0.0/32'], serviceAllocation: { priority: 10 } },
    }),
    ['a', 'b', 'c'].map((name) => service(name)),
    ['a: 10.1.0.0 Allocated', 'b: 10.2.0.0 Allocated', 'c: 10.3.0.0 Allocated'],
  ],
  [
    'a namespace selector that matches no namespace admits nobody',
    configOf({
      a: { addresses: ['10.0.0.0/30'], serviceAllocation: { namespaceSelectors: [{ matchLabels: { team: 'x' } }] } },
    }),
    [service('a')],
    ['a: - PoolNotAllowed'],
  ],
  [
    'dual stack takes both families from one pool',
    configOf({ four: { addresses: ['10.0.0.0/30'] }, six: { addresses: ['10.1.0.0/30', 'fd00::/126'] } }),
    [service('a', { spec: DUAL })],
    ['a: 10.1.0.0 fd00:: Allocated'],
  ],
  [
    'RequireDualStack waits where no pool has both',
    configOf({ four: { addresses: ['10.0.0.0/30'] } }),
    [service('a', { spec: DUAL })],
    ['a: - FamilyMismatch'],
  ],
  [
    'PreferDualStack takes one family where no pool has both',
    configOf({ six: { addresses: ['fd00::/126'] } }),
    [service('a', { spec: { ...DUAL, ipFamilyPolicy: 'PreferDualStack' } })],
    ['a: fd00:: Allocated'],
  ],
  [
    'PreferDualStack adds the other family from its own pool later',
    configOf({ a: { addresses: ['10.0.0.0/30', 'fd00::/126'] } }),
    [service('a', { held: ['fd00::1'], spec: { ...DUAL, ipFamilyPolicy: 'PreferDualStack' } })],
    ['a: 10.0.0.0 fd00::1 Allocated'],
  ],
  [
    'PreferDualStack with one family keeps one address for good',
    configOf({ a: { addresses: ['10.0.0.0/30', 'fd00::/126'] } }),
    [service('a', { held: ['10.0.0.1'], spec: { ipFamilies: ['IPv4'], ipFamilyPolicy: 'PreferDualStack' } })],
    ['a: 10.0.0.1 Allocated'],
  ],
  [
    'back from dual to single stack keeps the first family',
    configOf({ a: { addresses: ['10.0.0.0/30', 'fd00::/126'] } }),
    [service('a', { held: ['10.0.0.1', 'fd00::1'] })],
    ['a: 10.0.0.1 Allocated'],
  ],
  [
    'a keyed Service joins the address where its key lives',
    SMALL,
    [
      service('a', { held: ['10.0.0.2'], annotations: { [KEY]: 'k' } }),
      service('b', { annotations: { [KEY]: 'k' }, ports: ['TCP/81'] }),
    ],
    ['a: 10.0.0.2 Allocated', 'b: 10.0.0.2 Allocated'],
  ],
  [
    'a keyed Service whose port is taken there gets another address',
    SMALL,
    [service('a', { held: ['10.0.0.2'], annotations: { [KEY]: 'k' } }), service('b', { annotations: { [KEY]: 'k' } })],
    ['a: 10.0.0.2 Allocated', 'b: 10.0.0.1 Allocated'],
  ],
  [
    'PreferDualStack waits for a full pool of one family, not for the other family',
    configOf({ a: { addresses: ['10.0.0.1/32'] } }),
    [service('a', { held: ['10.0.0.1'] }), service('b', { spec: PREFER })],
    ['a: 10.0.0.1 Allocated', 'b: - PoolExhausted'],
  ],
  [
    'PreferDualStack gets the address of its second family in the pass that frees it',
    configOf({ a: { addresses: ['10.0.0.0/30', 'fd00::1/128'] }, b: { addresses: ['fd01::1/128'] } }),
    [
      service('a', { held: ['10.0.0.1'], created: 1, spec: PREFER }),
      service('b', { held: ['fd00::1'], created: 2, spec: { ipFamilies: ['IPv6'], loadBalancerIP: 'fd01::1' } }),
    ],
    ['a: 10.0.0.1 fd00::1 Allocated', 'b: fd01::1 Allocated'],
  ],
  [
    'PreferDualStack that moves to a pool gets its second family there in the same pass',
    configOf({ a: { addresses: ['10.0.0.0/30', 'fd00::1/128'] }, b: { addresses: ['10.1.0.1/32', 'fd01::1/128'] } }),
    [
      service('a', { held: ['10.1.0.1'], created: 1, spec: PREFER, annotations: { 'metallb.io/address-pool': 'a' } }),
      service('b', { held: ['fd00::1'], created: 2, spec: { ipFamilies: ['IPv6'], loadBalancerIP: 'fd01::1' } }),
    ],
    ['a: 10.0.0.0 fd00::1 Allocated', 'b: fd01::1 Allocated'],
  ],
];

for (const [what, config, services, wanted] of CASES) {
  test(`allocate: ${what}`, () => assert.deepEqual(summary(decide(config, services)), wanted));
}

const HALF_FULL = configOf({ a: { addresses: ['10.0.0.0/30', 'fd00::1/128'] }, b: { addresses: ['10.1.0.0/30'] } });
const HALVES: [string, string, string, string][] = [
  ['10.0.0.1', 'no free address', 'PoolExhausted', 'no free IPv6 address is left in pool "a"; keeps 10.0.0.1'],
  ['10.1.0.1', 'no addresses', 'FamilyMismatch', 'pool "b" has no IPv6 addresses; keeps 10.1.0.1'],
];
for (const [held, what, reason, message] of HALVES) {
  test(`RequireDualStack with one address is told once that its pool has ${what} of the other family`, () => {
    const six = service('six', { held: ['fd00::1'], spec: { ipFamilies: ['IPv6'] } });
    const [decision] = decide(HALF_FULL, [service('a', { held: [held], spec: DUAL }), six]);
    assert.deepEqual([decision?.reason, decision?.message], [reason, message]);
  });
}

test('a message has about a thousand characters at most, counts what it leaves out and still says what is kept', () => {
  const key = { annotations: { [KEY]: 'k' } };
  const holders = Array.from({ length: 60 }, (_, i) =>
    service(`holder-${i}`, { ...key, held: ['10.0.0.1'], ports: [`TCP/${100 + i}`] }),
  );
  const spec = { loadBalancerIP: '10.0.0.1' };
  const judged = service('z', { held: ['10.0.0.2'], created: 2_000, spec });
  const message = decide(SMALL, [...holders, judged]).at(-1)?.message ?? '';
  assert.match(message, /^10\.0\.0\.1 .*; and \d+ more; keeps 10\.0\.0\.2$/);
  assert.ok(message.length <= 1_000, `${message.length} characters`);
  const nonsense = service('n', { spec: { loadBalancerIP: 'x'.repeat(5_000) } });
  assert.ok((decide(SMALL, [nonsense])[0]?.message.length ?? 0) <= 1_000);
});
