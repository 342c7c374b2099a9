// Who keeps an address that somebody else shows or uses too: other Services, and strangers on the wire.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allocate } from '#controller/allocate.ts';
import { type AddressConflict, parseConflict } from '#core/conflict.ts';
import type { Service } from '#core/service.ts';
import { service } from '#test/core/builders.ts';
import { configOf, decide, summary } from './world.ts';

const SMALL = configOf({ a: { addresses: ['10.0.0.1-10.0.0.3'] } });

test('of two that show one address it stays with the holder of longer standing, whatever its age', () => {
  const since = (lastTransitionTime: string) => [
    { type: 'arpeggio.dev/Allocated', status: 'True', reason: 'Allocated', message: '', lastTransitionTime },
  ];
  const late = service('late', { held: ['10.0.0.1'], created: 1, conditions: since('2026-01-01T00:00:09Z') });
  const early = service('early', { held: ['10.0.0.1'], created: 2, conditions: since('2026-01-01T00:00:03Z') });
  assert.deepEqual(summary(decide(SMALL, [late, early])), ['early: 10.0.0.1 Allocated', 'late: 10.0.0.2 Allocated']);
});

/** One node's report of a stranger on 10.0.0.1. */
function report(node: string, announced: boolean): AddressConflict {
  const spec = { ip: '10.0.0.1', mac: '02:00:00:00:00:09', node, interface: 'eth0', announced };
  const conflict = parseConflict({ metadata: { name: `x-${node}` }, spec });
  assert.ok(conflict);
  return conflict;
}

function besideStrangers(services: Service[], conflicts: AddressConflict[]): string[] {
  const world = { config: SMALL, services, namespaces: new Map(), nodeIps: [], conflicts, others: [] };
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
  test(`beside a stranger ${what}`, () =>
    assert.deepEqual(besideStrangers([judged], [report('n1', announced)]), [wanted]));
}

test('of two reports on one address the one that it was announced counts, then the first by name', () => {
  const holder = service('a', { held: ['10.0.0.1'] });
  const reports = [report('n2', false), report('n3', true), report('n1', true)];
  for (const order of [reports, reports.toReversed()])
    assert.deepEqual(besideStrangers([holder], order), [`a: ${SAID}`]);
});

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
