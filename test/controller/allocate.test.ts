import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allocate } from '#controller/allocate.ts';
import type { Config } from '#core/config.ts';
import { parseConflict } from '#core/conflict.ts';
import type { Service } from '#core/service.ts';
import { type ServiceShape, service } from '#test/core/builders.ts';
import { configOf, decide, KEY, summary } from './world.ts';

const SMALL = configOf({ a: { addresses: ['10.0.0.1-10.0.0.3'] } });
const DUAL: ServiceShape['spec'] = { ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'RequireDualStack' };

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
];

for (const [what, config, services, wanted] of CASES) {
  test(`allocate: ${what}`, () => assert.deepEqual(summary(decide(config, services)), wanted));
}

test('of two that show one address it stays with the holder of longer standing, whatever its age', () => {
  const since = (lastTransitionTime: string) => [
    { type: 'arpeggio.dev/Allocated', status: 'True', reason: 'Allocated', message: '', lastTransitionTime },
  ];
  const late = service('late', { held: ['10.0.0.1'], created: 1, conditions: since('2026-01-01T00:00:09Z') });
  const early = service('early', { held: ['10.0.0.1'], created: 2, conditions: since('2026-01-01T00:00:03Z') });
  assert.deepEqual(summary(decide(SMALL, [late, early])), ['early: 10.0.0.1 Allocated', 'late: 10.0.0.2 Allocated']);
});

/** Decisions while a stranger uses 10.0.0.1. */
function besideStranger(services: Service[], announced: boolean): string[] {
  const spec = { ip: '10.0.0.1', mac: '02:00:00:00:00:09', node: 'n1', interface: 'eth0', announced };
  const conflict = parseConflict({ metadata: { name: 'x' }, spec });
  assert.ok(conflict);
  const world = { config: SMALL, services, namespaces: new Map(), nodeIps: [], conflicts: [conflict], others: [] };
  return allocate(world).map(({ service: { name }, message }) => `${name}: ${message}`);
}

const STRANGER = 'a stranger (02:00:00:00:00:09) uses it too, heard on n1 (eth0)';
const FREE = '10.0.0.2 from pool "a"';
const SAID = `10.0.0.1 from pool "a"; ${STRANGER}`;
const wish = { spec: { loadBalancerIP: '10.0.0.1' } };
const STRANGERS: [string, Service, boolean, string][] = [
  ['a new Service gets another address', service('a'), false, `a: ${FREE}`],
  [
    'a holder whose address was never announced gets another',
    service('a', { held: ['10.0.0.1'] }),
    false,
    `a: ${FREE}`,
  ],
  [
    'a holder whose address was announced keeps it and is told',
    service('a', { held: ['10.0.0.1'] }),
    true,
    `a: ${SAID}`,
  ],
  ['who asks for the address gets it and is told', service('a', wish), false, `a: ${SAID}`],
  ['who asked for it and has it keeps it', service('a', { ...wish, held: ['10.0.0.1'] }), false, `a: ${SAID}`],
];
for (const [what, judged, announced, wanted] of STRANGERS) {
  test(`beside a stranger ${what}`, () => assert.deepEqual(besideStranger([judged], announced), [wanted]));
}

test('an address that a Service of another implementation shows is not given away', () => {
  const others = [service('theirs', { held: ['10.0.0.1'], spec: { loadBalancerClass: 'x/y' } })];
  const world = { config: SMALL, services: [service('a')], others, namespaces: new Map(), nodeIps: [], conflicts: [] };
  assert.deepEqual(summary(allocate(world)), ['a: 10.0.0.2 Allocated']);
});

test('a holder whose wish is not met has no seniority over one that was there before', () => {
  const since = (status: string, lastTransitionTime: string) => [
    { type: 'arpeggio.dev/Allocated', status, reason: '', message: '', lastTransitionTime },
  ];
  const early = service('early', { held: ['10.0.0.1'], conditions: since('True', '2026-01-01T00:00:00Z') });
  const wisher = service('wisher', {
    held: ['10.0.0.1'],
    conditions: since('False', '2026-02-01T00:00:00Z'),
    spec: { loadBalancerIP: '10.9.9.9' },
  });
  assert.match(summary(decide(SMALL, [early, wisher])).join(), /^early: 10\.0\.0\.1 Allocated/);
});
