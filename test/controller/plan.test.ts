import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Plan, planWrites } from '#controller/plan.ts';
import { parseIp } from '#core/ip.ts';
import type { Service } from '#core/service.ts';
import { service } from '#test/core/builders.ts';
import { configOf, decide, KEY } from './world.ts';

const CONFIG = configOf({ a: { addresses: ['10.0.0.1-10.0.0.9'] } });
const CONTEXT = { now: '2026-01-02T03:04:05.000Z', poolCount: 1 };

/** `name: address`, as the writes of one pass say. */
function told({ writes }: Plan): string[] {
  return writes.map(({ service: { name }, patch }) => {
    const { status } = patch as { status: { loadBalancer: { ingress: { ip: string }[] | null } } };
    return `${name}: ${status.loadBalancer.ingress?.map(({ ip }) => ip).join(' ') ?? '-'}`;
  });
}

const wish = (loadBalancerIP: string) => ({ spec: { loadBalancerIP } });
const MOVES = [
  service('a', { held: ['10.0.0.1'], ...wish('10.0.0.2') }),
  service('b', { held: ['10.0.0.3'], ...wish('10.0.0.1') }),
];

function planOf(services: Service[]): Plan {
  return planWrites(decide(CONFIG, services), services, CONTEXT);
}

test('an address that another Service still shows is not written to its next holder in the same pass', () => {
  const plan = planOf(MOVES);
  assert.deepEqual(told(plan), ['a: 10.0.0.2']);
  assert.equal(plan.heldBack, 1);
});

test('it is written when the other Service does not show it any more', () => {
  const [first, second] = MOVES;
  const ip = parseIp('10.0.0.2');
  assert.ok(first && second && ip);
  const plan = planOf([{ ...first, held: [ip] }, second]);
  assert.ok(told(plan).includes('b: 10.0.0.1'));
  assert.equal(plan.heldBack, 0);
});

test('a Service may join an address that its holder shares', () => {
  const key = { annotations: { [KEY]: 'k' } };
  const plan = planOf([service('a', { ...key, held: ['10.0.0.1'] }), service('b', { ...key, ports: ['TCP/81'] })]);
  assert.ok(told(plan).includes('b: 10.0.0.1'));
  assert.equal(plan.heldBack, 0);
});

test('of those that wait for each other in a circle one lets go, and only one', () => {
  const pools = { addresses: ['10.0.0.1/32'], serviceAllocation: { serviceSelectors: [{ matchLabels: { at: '1' } }] } };
  const others = {
    addresses: ['10.0.0.2/32'],
    serviceAllocation: { serviceSelectors: [{ matchLabels: { at: '2' } }] },
  };
  const services = [
    service('a', { held: ['10.0.0.1'], labels: { at: '2' } }),
    service('b', { held: ['10.0.0.2'], labels: { at: '1' } }),
  ];
  const decisions = decide(configOf({ a: pools, b: others }), services);
  const plan = planWrites(decisions, services, CONTEXT);
  assert.deepEqual(told(plan), ['a: -']);
  assert.equal(plan.heldBack, 2);
  assert.equal(plan.writes[0]?.event?.message, 'waits for 10.0.0.2, which default/b still shows');
});
