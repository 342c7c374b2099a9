// A pass over ten thousand Services is to cost little when one of them changed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AllocationWorld, allocate } from '#controller/allocate.ts';
import { parseConflict } from '#core/conflict.ts';
import { service } from '#test/core/builders.ts';
import { configOf, summary } from './world.ts';

const SPEC = { addresses: ['10.0.0.1-10.0.0.9'] };
const holder = service('holds', { held: ['10.0.0.1'] });
const world: AllocationWorld = {
  config: configOf({ a: SPEC }),
  services: [holder, service('new')],
  ...{ others: [], namespaces: new Map(), nodeIps: [], conflicts: [] },
};
const stranger = parseConflict({
  metadata: { name: 'x' },
  spec: { ip: '10.0.0.1', announced: false, expires: '2999-01-01T00:00:00Z' },
});
assert.ok(stranger);

const decisionOf = (changed: Partial<AllocationWorld> = {}) =>
  allocate({ ...world, ...changed }).find(({ service: { name } }) => name === 'holds');

test('the decision about a holder that nothing happened to is the one of the pass before', () => {
  const first = decisionOf();
  assert.equal(decisionOf(), first);
  assert.equal(decisionOf({ services: [holder, service('another')], nodeIps: [{ family: 4, value: 1n }] }), first);
});

test('a changed pool, namespace or Service, and a stranger, are looked at', () => {
  const first = decisionOf();
  const changes: Partial<AllocationWorld>[] = [
    { config: configOf({ a: SPEC, b: { addresses: ['10.1.0.0/24'] } }) },
    { namespaces: new Map([['default', {}]]) },
    { services: [service('holds', { held: ['10.0.0.1'] })] },
    { conflicts: [stranger] },
  ];
  for (const changed of changes) {
    assert.notEqual(decisionOf(changed), first);
    assert.notEqual(decisionOf(), undefined);
  }
  assert.deepEqual(summary(allocate({ ...world, conflicts: [stranger] })), [
    'holds: 10.0.0.2 Allocated',
    'new: 10.0.0.3 Allocated',
  ]);
});

test('a holder that comes into the way of another one is looked at', () => {
  decisionOf();
  const older = service('older', { held: ['10.0.0.1'], created: 1 });
  assert.deepEqual(summary(allocate({ ...world, services: [holder, older] })), [
    'holds: 10.0.0.2 Allocated',
    'older: 10.0.0.1 Allocated',
  ]);
});
