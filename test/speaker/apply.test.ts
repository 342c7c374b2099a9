// What is said when a plan changes the wire, with the real announcer and no interface to send on.
import assert from 'node:assert/strict';
import test from 'node:test';
import { parseIp } from '#core/ip.ts';
import { openAnnouncer } from '#speaker/announcer.ts';
import { openApplier } from '#speaker/apply.ts';
import type { AddressPlan } from '#speaker/plan.ts';

function open() {
  return openCounting().apply;
}

function openCounting() {
  const lines: object[] = [];
  const events: string[] = [];
  const write = (level: string) => (fields: object, msg: string) => {
    lines.push({ level, msg, ...fields });
  };
  const log = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
  const announcer = openAnnouncer({ refreshMs: 0, log });
  const applier = openApplier({
    node: 'node-a',
    announcer,
    log,
    recordEvent: ({ namespace, name, uid }, { reason, message }) => {
      events.push(`${namespace}/${name} ${uid} ${reason}: ${message}`);
    },
  });
  const apply = (...plans: AddressPlan[]) => {
    lines.length = 0;
    events.length = 0;
    applier.apply(plans, (service) => `uid of ${service}`);
    return {
      lines: [...lines],
      events: [...events],
      owned: Array.from(announcer.owned.values(), (one) => one.announcement.text),
    };
  };
  return { apply, changes: applier.changes };
}

function plan(text: string, changes: Partial<AddressPlan> = {}): AddressPlan {
  const ip = parseIp(text) ?? assert.fail();
  return { ip, text, owner: 'node-a', reason: 'announce', services: ['default/web'], ...changes };
}

const ASSIGNED = 'default/web uid of default/web nodeAssigned: announcing from node "node-a" with protocol "layer2"';

test('a gained address is said once, with an Event on the Service', () => {
  const apply = open();
  assert.deepEqual(apply(plan('10.0.0.1')), {
    lines: [{ level: 'info', msg: 'announcing', ip: '10.0.0.1', services: ['default/web'], ifaces: 'all' }],
    events: [ASSIGNED],
    owned: ['10.0.0.1'],
  });
  assert.deepEqual(apply(plan('10.0.0.1')), { lines: [], events: [], owned: ['10.0.0.1'] });
});

test('a lost address is said with its reason and the new owner', () => {
  const apply = open();
  apply(plan('10.0.0.1'));
  assert.deepEqual(apply(plan('10.0.0.1', { reason: 'notOwner', owner: 'node-b' })), {
    lines: [{ level: 'info', msg: 'withdrawn', ip: '10.0.0.1', reason: 'notOwner', owner: 'node-b' }],
    events: [],
    owned: [],
  });
});

test('an address that no Service holds any more is withdrawn', () => {
  const apply = open();
  apply(plan('10.0.0.1'), plan('10.0.0.2'));
  const { lines, owned } = apply(plan('10.0.0.2'));
  assert.deepEqual(lines, [
    { level: 'info', msg: 'withdrawn', ip: '10.0.0.1', reason: 'noIPAllocated', owner: undefined },
  ]);
  assert.deepEqual(owned, ['10.0.0.2']);
});

test('a Service that comes to share an announced address gets its Event, the wire stays as it is', () => {
  const apply = open();
  apply(plan('10.0.0.1'));
  const { lines, events } = apply(plan('10.0.0.1', { services: ['default/api', 'default/web'] }));
  assert.deepEqual(lines, []);
  assert.deepEqual(events, [ASSIGNED.replaceAll('default/web', 'default/api')]);
});

test('an owned IPv6 address is announced as an IPv4 one is', () => {
  const apply = open();
  assert.deepEqual(apply(plan('2001:db8::1'), plan('10.0.0.1')).owned, ['2001:db8::1', '10.0.0.1']);
  assert.deepEqual(apply(plan('10.0.0.1')).owned, ['10.0.0.1']);
});

test('starts and ends are counted, starts by address too as long as a Service holds it', () => {
  const { apply, changes } = openCounting();
  apply(plan('10.0.0.1'), plan('10.0.0.2', { reason: 'notOwner' }));
  apply(plan('10.0.0.1', { reason: 'notOwner' }), plan('10.0.0.2'));
  apply(plan('10.0.0.1'), plan('10.0.0.2'));
  const startsOf = new Map([
    ['10.0.0.1', 2],
    ['10.0.0.2', 1],
  ]);
  assert.deepEqual(changes, { started: 3, withdrawn: 1, startsOf });
  apply(plan('10.0.0.2'));
  assert.deepEqual(changes, { started: 3, withdrawn: 2, startsOf: new Map([['10.0.0.2', 1]]) });
});
