import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Decision } from '#controller/allocate.ts';
import { planRelease, planWrite } from '#controller/status.ts';
import { parseIp } from '#core/ip.ts';
import { CONDITION_ALLOCATED } from '#core/names.ts';
import type { Service } from '#core/service.ts';
import { type ServiceShape, service } from '#test/core/builders.ts';

const NOW = '2026-01-02T03:04:05.000Z';
const THEN = '2025-12-31T00:00:00.000Z';
const MESSAGE = '10.0.0.1 from pool "a"';
const condition = {
  type: CONDITION_ALLOCATED,
  status: 'True',
  reason: 'Allocated',
  message: MESSAGE,
  lastTransitionTime: THEN,
};
const settled: ServiceShape = {
  held: ['10.0.0.1'],
  annotations: { 'metallb.io/ip-allocated-from-pool': 'a' },
  conditions: [condition],
};

function allocated(to: Service): Decision {
  const ip = parseIp('10.0.0.1');
  return { service: to, ips: ip ? [ip] : [], pool: 'a', satisfied: true, reason: 'Allocated', message: MESSAGE };
}

function waiting(to: Service): Decision {
  return { service: to, ips: [], satisfied: false, reason: 'PoolExhausted', message: 'no free address' };
}

test('a waiting Service gets address, pool, condition and Event in one patch with its resource version', () => {
  const write = planWrite(allocated(service('web')), { now: NOW, poolCount: 1 });
  assert.deepEqual(write?.patch, {
    metadata: { resourceVersion: '7', annotations: { 'metallb.io/ip-allocated-from-pool': 'a' } },
    status: {
      loadBalancer: { ingress: [{ ip: '10.0.0.1', ipMode: 'VIP' }] },
      conditions: [{ ...condition, lastTransitionTime: NOW }],
    },
  });
  assert.deepEqual(write?.event, { type: 'Normal', reason: 'Allocated', message: MESSAGE });
});

test('a Service that says it all already is not written', () => {
  assert.equal(planWrite(allocated(service('web', settled)), { now: NOW, poolCount: 1 }), undefined);
});

test('a lost annotation is put back without an Event', () => {
  const write = planWrite(allocated(service('web', { ...settled, annotations: {} })), { now: NOW, poolCount: 1 });
  assert.ok(write);
  assert.equal(write.event, undefined);
});

test('a changed reason keeps the transition time while the status stays the same', () => {
  const was = { ...condition, status: 'False', reason: 'NoPool', message: 'none' };
  const write = planWrite(waiting(service('web', { conditions: [was] })), { now: NOW, poolCount: 1 });
  assert.ok(write);
  const { status } = write.patch as { status: { conditions: { lastTransitionTime: string }[] } };
  assert.equal(status.conditions[0]?.lastTransitionTime, THEN);
  assert.equal(write.event?.type, 'Warning');
});

test('a Service that another implementation serves is left alone while no pool exists', () => {
  const foreign = service('web', { held: ['203.0.113.9'] });
  assert.equal(planWrite(waiting(foreign), { now: NOW, poolCount: 0 }), undefined);
  assert.ok(planWrite(waiting(service('web', settled)), { now: NOW, poolCount: 0 }));
});

test('the transition time is new when an address is, so that nobody is taken for a holder of long standing', () => {
  const moved = service('web', { ...settled, held: ['10.0.0.9'] });
  const write = planWrite(allocated(moved), { now: NOW, poolCount: 1 });
  assert.ok(write);
  const { status } = write.patch as { status: { conditions: { lastTransitionTime: string }[] } };
  assert.equal(status.conditions[0]?.lastTransitionTime, NOW);
});

const RELEASED: [string, ServiceShape, boolean][] = [
  ['a Service that is no load balancer any more', { ...settled, held: [], spec: { type: 'ClusterIP' } }, true],
  ['one of another class, perhaps of another Arpeggio', { ...settled, spec: { loadBalancerClass: 'x/y' } }, false],
  ['one that never was ours', { spec: { type: 'ClusterIP' } }, false],
  ['one that is ours', settled, false],
];
for (const [what, shape, isReleased] of RELEASED) {
  test(`${what} ${isReleased ? 'loses' : 'is not stripped of'} annotation and condition`, () => {
    const patch = {
      metadata: { resourceVersion: '7', annotations: { 'metallb.io/ip-allocated-from-pool': null } },
      status: { conditions: [{ $patch: 'delete', type: CONDITION_ALLOCATED }] },
    };
    assert.deepEqual(planRelease(service('web', shape))?.patch, isReleased ? patch : undefined);
  });
}
