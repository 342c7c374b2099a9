// A draining node answers until its successor is heard.
import assert from 'node:assert/strict';
import test from 'node:test';
import { parseIp } from '#core/ip.ts';
import { HANDOVER_MOST_MS, Handover } from '#speaker/handover.ts';
import type { AddressPlan } from '#speaker/plan.ts';

function plan(changes: Partial<AddressPlan> = {}, text = '10.0.0.1'): AddressPlan {
  const ip = parseIp(text) ?? assert.fail();
  return { ip, text, owner: 'self', reason: 'announce', services: ['default/web'], ifaces: ['eth1'], ...changes };
}
const drained = plan({ reason: 'draining', owner: 'next' });

/** It announced the address at time 0. */
function open(): Handover {
  const handover = new Handover();
  assert.deepEqual(handover.keep([plan()], 0), { plans: [plan()], nextAt: undefined });
  return handover;
}

test('a drained address is answered for until the new owner is heard', () => {
  const handover = open();
  const { plans, nextAt } = handover.keep([drained], 1_000);
  assert.deepEqual(plans, [plan({ owner: 'next' })]);
  assert.equal(nextAt, 1_000 + HANDOVER_MOST_MS);
  assert.equal(handover.hear('10.0.0.1', 1_003), true);
  assert.deepEqual(handover.keep([drained], 1_004), { plans: [drained], nextAt: undefined });
});

test('a new owner that is not heard is waited for half a second', () => {
  const handover = open();
  handover.keep([drained], 1_000);
  assert.equal(handover.keep([drained], 1_499).plans[0]?.reason, 'announce');
  assert.deepEqual(handover.keep([drained], 1_500), { plans: [drained], nextAt: undefined });
  assert.deepEqual(handover.keep([drained], 1_501).plans, [drained]);
});

test('a new owner that knew first, and was heard already, is not waited for', () => {
  const handover = open();
  assert.equal(handover.hear('10.0.0.1', 990), false);
  assert.deepEqual(handover.keep([drained], 1_000), { plans: [drained], nextAt: undefined });
});

test('a claim of long ago ends nothing', () => {
  const handover = open();
  handover.hear('10.0.0.1', 10);
  handover.keep([plan()], 500);
  assert.equal(handover.keep([drained], 2_000).plans[0]?.reason, 'announce');
});

test('an address that moves for another reason, or was never announced here, goes at once', () => {
  for (const reason of ['notOwner', 'uplinkDown'] as const) {
    const moved = plan({ reason, owner: 'next' });
    assert.deepEqual(open().keep([moved], 1_000).plans, [moved]);
  }
  assert.deepEqual(new Handover().keep([drained], 0).plans, [drained]);
});

test('an address that no Service holds any more goes at once, and is new when it comes back', () => {
  const handover = open();
  handover.keep([drained], 1_000);
  assert.deepEqual(handover.keep([], 1_001), { plans: [], nextAt: undefined });
  assert.deepEqual(handover.keep([drained], 1_002).plans, [drained]);
});

test('a drain that is taken back changes nothing on the wire', () => {
  const handover = open();
  handover.keep([drained], 1_000);
  assert.deepEqual(handover.keep([plan()], 1_010), { plans: [plan()], nextAt: undefined });
});
