// Which ServiceL2Status objects a node writes, and what they say.
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { parseIp } from '#core/ip.ts';
import { parseL2Status, type ServiceL2Status } from '#core/l2-status.ts';
import {
  planStatuses,
  Rivals,
  type StatusWrite,
  statusFields,
  statusMetadata,
  statusName,
} from '#speaker/l2-status.ts';
import type { AddressPlan } from '#speaker/plan.ts';

const POD = { name: 'speaker-x', uid: 'u-1' };

function plan(text: string, owner: string | undefined, changes: Partial<AddressPlan> = {}): AddressPlan {
  const ip = parseIp(text) ?? assert.fail();
  const base = { ip, text, services: ['default/web'] };
  if (owner === undefined) return { ...base, reason: 'noEndpoints', ...changes };
  return { ...base, owner, reason: owner === 'a' ? 'announce' : 'notOwner', ...changes };
}

type Given = { plans: AddressPlan[]; present?: ServiceL2Status[]; self?: string };

function writesOf({ plans, present = [], self = 'a' }: Given, rivals = new Rivals()): StatusWrite[] {
  rivals.update({ self, plans });
  return planStatuses({ self, pod: POD, plans, present }, rivals);
}

/** What the API server has once a node wrote it. */
function written(node: string, addresses: string[], changes: Partial<ServiceL2Status> = {}): ServiceL2Status {
  const service = changes.service ?? 'default/web';
  const name = statusName(service, node);
  return { name, node, service, addresses, podUid: POD.uid, isLabelled: true, ifaces: [], ...changes };
}

const kinds = (writes: readonly StatusWrite[]) => writes.map(({ kind, name }) => `${kind} ${name}`);
const nameOf = (node: string, service = 'default/web') => statusName(service, node);
const V4 = '10.0.0.1';
const V6 = '2001:db8::1';

test('an object says where which Service is announced, in the form of MetalLB', () => {
  const [write] = writesOf({ plans: [plan(V4, 'a', { ifaces: ['eth0'] })] });
  assert.ok(write?.kind === 'create');
  assert.match(write.name, /^l2-[0-9a-f]{20}$/);
  assert.deepEqual(statusMetadata(write.wanted), {
    labels: {
      'metallb.io/node': 'a',
      'metallb.io/service-name': 'web',
      'metallb.io/service-namespace': 'default',
    },
    annotations: { 'arpeggio.dev/addresses': V4 },
    ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'speaker-x', uid: 'u-1' }],
  });
  assert.deepEqual(statusFields(write.wanted), {
    node: 'a',
    serviceName: 'web',
    serviceNamespace: 'default',
    interfaces: [{ name: 'eth0' }],
  });
});

const cases: [string, Given, string[]][] = [
  ['nothing announced, nothing there', { plans: [plan(V4, undefined)] }, []],
  ['what stands as it should is left alone', { plans: [plan(V4, 'a')], present: [written('a', [V4])] }, []],
  [
    'both addresses of a Service are one object',
    { plans: [plan(V6, 'a'), plan(V4, 'a')], present: [written('a', [V4, V6])] },
    [],
  ],
  [
    'an address more is told',
    { plans: [plan(V6, 'a'), plan(V4, 'a')], present: [written('a', [V4])] },
    [`describe ${nameOf('a')}`],
  ],
  [
    'an object whose status was not written yet gets it',
    { plans: [plan(V4, 'a')], present: [written('a', [V4], { ifaces: undefined })] },
    [`report ${nameOf('a')}`],
  ],
  [
    'other interfaces are told',
    { plans: [plan(V4, 'a', { ifaces: ['eth1'] })], present: [written('a', [V4], { ifaces: ['eth0'] })] },
    [`report ${nameOf('a')}`],
  ],
  [
    'the object of an earlier Pod changes hands, or it would go with that Pod',
    { plans: [plan(V4, 'a')], present: [written('a', [V4], { podUid: 'u-0' })] },
    [`describe ${nameOf('a')}`],
  ],
  [
    'a label that somebody removed comes back',
    { plans: [plan(V4, 'a')], present: [written('a', [V4], { isLabelled: false })] },
    [`describe ${nameOf('a')}`],
  ],
  [
    'a loser deletes its own, and only that',
    { plans: [plan(V4, 'b')], present: [written('a', [V4]), written('c', [V4])] },
    [`delete ${nameOf('a')}`],
  ],
  [
    'an owner deletes those of nodes that own nothing of the Service, after its own is made',
    { plans: [plan(V4, 'a')], present: [written('b', [V4])] },
    [`create ${nameOf('a')}`, `delete ${nameOf('b')}`],
  ],
  [
    'two owners of the two addresses of a Service leave each other alone',
    { plans: [plan(V4, 'a'), plan(V6, 'b')], present: [written('a', [V4]), written('b', [V6])] },
    [],
  ],
  [
    'objects of another Service are none of its business',
    { plans: [plan(V4, 'a')], present: [written('a', [V4]), written('b', [V6], { service: 'default/other' })] },
    [],
  ],
  ['its own for a Service that is gone goes', { plans: [], present: [written('a', [V4])] }, [`delete ${nameOf('a')}`]],
  [
    'what MetalLB wrote for this node under a name of its own makes room',
    { plans: [plan(V4, 'a')], present: [written('a', [V4], { name: 'l2-x7k2p', addresses: undefined })] },
    [`create ${nameOf('a')}`, 'delete l2-x7k2p'],
  ],
  [
    'an address that is only probed, or a stranger has, is not told',
    { plans: [plan(V4, 'a', { reason: 'probing' }), plan(V6, 'a', { reason: 'addressConflict' })] },
    [],
  ],
  [
    'an object that bears our name for another node is replaced',
    { plans: [plan(V4, 'a')], present: [written('b', [V4], { name: nameOf('a') })] },
    [`delete ${nameOf('a')}`],
  ],
];

for (const [name, given, expected] of cases) {
  test(name, () => assert.deepEqual([...new Set(kinds(writesOf(given)))], expected));
}

test('an object that its node writes again after it was deleted stays: both announce', () => {
  const rivals = new Rivals();
  const given = { plans: [plan(V4, 'a')], present: [written('a', [V4]), written('b', [V4])] };
  for (const write of writesOf(given, rivals)) if (write.kind === 'delete') rivals.noteDeleted(write.name, write.of);
  assert.deepEqual(writesOf(given, rivals), []);
  // The next ownership has a word of its own.
  writesOf({ plans: [plan(V4, 'b')] }, rivals);
  assert.deepEqual(kinds(writesOf(given, rivals)), [`delete ${nameOf('b')}`]);
});

test('an object reads back as it was written', () => {
  const [write] = writesOf({ plans: [plan(V4, 'a', { ifaces: ['eth0'] }), plan(V6, 'a', { ifaces: ['eth1'] })] });
  assert.ok(write?.kind === 'create');
  const metadata = { name: write.name, ...statusMetadata(write.wanted) };
  assert.deepEqual(
    parseL2Status({ metadata, status: statusFields(write.wanted) }),
    written('a', [V4, V6], { ifaces: ['eth0', 'eth1'] }),
  );
  assert.deepEqual(parseL2Status({ metadata }), written('a', [V4, V6], { ifaces: undefined }));
});

test('nodes that agree end with one object for each Service and owner, and rest', () => {
  const owner = fc.constantFrom('a', 'b', 'c');
  const history = fc.array(fc.record({ owners: fc.tuple(owner, owner), writer: owner }), { maxLength: 20 });
  fc.assert(
    fc.property(history, (rounds) => {
      const present = new Map<string, ServiceL2Status>();
      const rivals = new Map(['a', 'b', 'c'].map((node) => [node, new Rivals()]));
      const turn = (self: string, [v4, v6]: readonly [string, string]) => {
        const reason = (node: string) => (node === self ? 'announce' : 'notOwner');
        const plans = [plan(V4, v4, { reason: reason(v4) }), plan(V6, v6, { reason: reason(v6) })];
        const own = rivals.get(self) ?? new Rivals();
        return applyAll(writesOf({ self, plans, present: [...present.values()] }, own), present, own);
      };
      for (const { owners, writer } of rounds) turn(writer, owners);
      const last = rounds.at(-1)?.owners ?? (['a', 'a'] as const);
      for (const node of ['a', 'b', 'c']) turn(node, last);
      assert.deepEqual([...present.values()].map(({ node }) => node).sort(), [...new Set(last)].sort());
      for (const node of ['a', 'b', 'c']) assert.equal(turn(node, last), 0);
    }),
  );
});

function applyAll(writes: readonly StatusWrite[], present: Map<string, ServiceL2Status>, rivals: Rivals): number {
  for (const write of writes) {
    if (write.kind === 'delete') {
      present.delete(write.name);
      rivals.noteDeleted(write.name, write.of);
      continue;
    }
    const { wanted } = write;
    const metadata = { name: wanted.name, ...statusMetadata(wanted) };
    present.set(write.name, parseL2Status({ metadata, status: statusFields(wanted) }));
  }
  return writes.length;
}
