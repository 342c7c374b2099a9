// From a world to a decision per address.
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { planAddresses, type World } from '#speaker/plan.ts';
import { markOf } from '#speaker/sticky.ts';
import { advertisement, config, NODES, node, select, service, web, world } from '#test/speaker/builders.ts';

const cases: [string, World, { owner?: string; reason: string; ifaces?: string[] }][] = [
  ['the owner announces on all interfaces', world({ services: [web] }), { owner: 'node-b', reason: 'announce' }],
  [
    'with sticky owners who holds the address keeps it from a node of better rank',
    world({
      services: [web],
      self: 'node-c',
      holders: new Map([['node-c', { marks: new Set([markOf('10.0.0.1')]), weak: false }]]),
    }),
    { owner: 'node-c', reason: 'announce' },
  ],
  ['another node does not', world({ services: [web], self: 'node-a' }), { owner: 'node-b', reason: 'notOwner' }],
  [
    'the next one takes over when the owner has no live speaker',
    world({ services: [web], self: 'node-a', speakers: new Set(['node-a', 'node-c']) }),
    { owner: 'node-a', reason: 'announce' },
  ],
  [
    'a node labelled out or without a network is no candidate',
    world({
      services: [web],
      nodes: new Map(NODES.map((name) => [name, node(name, { networkUnavailable: name === 'node-b' })])),
    }),
    { owner: 'node-a', reason: 'notOwner' },
  ],
  [
    'a speaker whose node is unknown is no candidate',
    world({ services: [web], nodes: new Map([['node-c', node('node-c')]]) }),
    { owner: 'node-c', reason: 'notOwner' },
  ],
  ['an address of no pool', world({ services: [service('web', { ip: '10.9.9.9' })] }), { reason: 'ipNotAllowed' }],
  ['a pool that nothing advertises', world({ services: [web], config: config() }), { reason: 'notAdvertised' }],
  [
    'an advertisement for other Services',
    world({ services: [web], config: config(advertisement({ serviceSelectors: [select('app', 'db')] })) }),
    { reason: 'notAdvertised' },
  ],
  [
    'an advertisement for nodes that do not exist',
    world({ services: [web], config: config(advertisement({ nodeSelectors: [select('rack', '9')] })) }),
    { reason: 'noMatchingAdvertisement' },
  ],
  ['no endpoint anywhere', world({ services: [web], servingNodes: new Map() }), { reason: 'noEndpoints' }],
  [
    'Local: only nodes with an endpoint',
    world({
      services: [service('web', { local: true })],
      servingNodes: new Map([['default/web', new Set(['node-c'])]]),
    }),
    { owner: 'node-c', reason: 'notOwner' },
  ],
  [
    'Local: endpoints only where no speaker lives',
    world({
      services: [service('web', { local: true })],
      servingNodes: new Map([['default/web', new Set(['node-z'])]]),
    }),
    { reason: 'noMatchingAdvertisement' },
  ],
  [
    'a preferred node goes before the hash',
    world({
      services: [web],
      nodes: new Map(NODES.map((name) => [name, node(name, { labels: { name } })])),
      config: config(advertisement({ preferences: [{ weight: 10, selector: select('name', 'node-c') }] })),
    }),
    { owner: 'node-c', reason: 'notOwner' },
  ],
  [
    'weights of several advertisements add up',
    world({
      services: [web],
      nodes: new Map(NODES.map((name) => [name, node(name, { labels: { name } })])),
      config: config(
        advertisement({ preferences: [{ weight: 10, selector: select('name', 'node-c') }] }),
        advertisement({ preferences: [{ weight: 6, selector: select('name', 'node-a') }] }),
        advertisement({ preferences: [{ weight: 6, selector: select('name', 'node-a') }] }),
      ),
    }),
    { owner: 'node-a', reason: 'notOwner' },
  ],
  [
    'interfaces of the advertisements are united',
    world({
      services: [web],
      config: config(advertisement({ interfaces: ['eth1'] }), advertisement({ interfaces: ['eth0', 'eth1'] })),
    }),
    { owner: 'node-b', reason: 'announce', ifaces: ['eth0', 'eth1'] },
  ],
  [
    'one advertisement without interfaces means all of them',
    world({ services: [web], config: config(advertisement({ interfaces: ['eth1'] }), advertisement()) }),
    { owner: 'node-b', reason: 'announce' },
  ],
  [
    'interfaces of an advertisement for other nodes do not count',
    world({
      services: [web],
      config: config(
        advertisement({ interfaces: ['eth1'], nodeSelectors: [select('rack', '9')] }),
        advertisement({ interfaces: ['eth0'] }),
      ),
    }),
    { owner: 'node-b', reason: 'announce', ifaces: ['eth0'] },
  ],
  [
    'IPv6 addresses have an owner too',
    world({ services: [service('web', { ip: '2001:db8::1' })] }),
    { owner: 'node-b', reason: 'announce' },
  ],
];
for (const [name, situation, expected] of cases) {
  test(name, () => {
    const [plan, ...others] = planAddresses(situation);
    assert.equal(others.length, 0);
    const { owner, reason, ifaces } = plan ?? assert.fail();
    assert.deepEqual({ ...(owner && { owner }), reason, ...(ifaces && { ifaces }) }, expected);
  });
}

test('a shared address has one owner and is announced while any Service on it qualifies', () => {
  const services = [service('b'), service('a'), service('idle')];
  const servingNodes = new Map([
    ['default/a', new Set(['node-a'])],
    ['default/b', new Set(['node-c'])],
  ]);
  const [plan] = planAddresses(world({ services, servingNodes }));
  assert.deepEqual(plan?.services, ['default/a', 'default/b']);
  assert.equal(plan?.owner, 'node-b');
});

test('whatever the world, exactly one live speaker announces an address that has an owner', () => {
  const names = ['node-a', 'node-b', 'node-c'];
  const arbitrary = fc.record({
    speakers: fc.subarray(names),
    fit: fc.subarray(names),
    serving: fc.subarray(names),
    local: fc.boolean(),
  });
  fc.assert(
    fc.property(arbitrary, ({ speakers, fit, serving, local }) => {
      const shared = {
        services: [service('web', { local })],
        speakers: new Set(speakers),
        nodes: new Map(names.map((name) => [name, node(name, { networkUnavailable: !fit.includes(name) })])),
        servingNodes: serving.length > 0 ? new Map([['default/web', new Set(serving)]]) : new Map(),
      };
      const plans = names.map((self) => planAddresses(world({ ...shared, self }))[0] ?? assert.fail());
      const announcing = names.filter((_, i) => plans[i]?.reason === 'announce');
      assert.deepEqual(announcing, plans[0]?.owner === undefined ? [] : [plans[0].owner]);
      assert.ok(announcing.every((name) => speakers.includes(name) && fit.includes(name)));
      if (local) assert.ok(announcing.every((name) => serving.includes(name)));
    }),
  );
});
