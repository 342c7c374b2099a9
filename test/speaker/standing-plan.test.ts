// What a plan makes of that which nodes tell of themselves.
import assert from 'node:assert/strict';
import test from 'node:test';
import { hasMajority } from '#speaker/fence.ts';
import { planAddresses, type World } from '#speaker/plan.ts';
import { advertisement, config, NODES, node, select, service, standings, web, world } from '#test/speaker/builders.ts';

const cases: [string, World, { owner?: string; reason: string }][] = [
  [
    'a draining node hands over, and says why',
    world({ services: [web], standings: standings({ node: 'node-b', draining: true }) }),
    { owner: 'node-a', reason: 'draining' },
  ],
  [
    'a draining node goes behind one that is not preferred',
    world({
      services: [web],
      self: 'node-c',
      nodes: new Map(NODES.map((name) => [name, node(name, { labels: { name } })])),
      standings: standings({ node: 'node-c', draining: true }),
      config: config(advertisement({ preferences: [{ weight: 10, selector: select('name', 'node-c') }] })),
    }),
    { owner: 'node-b', reason: 'draining' },
  ],
  [
    'where all candidates drain, the usual one stays',
    world({ services: [web], standings: standings(...NODES.map((name) => ({ node: name, draining: true }))) }),
    { owner: 'node-b', reason: 'announce' },
  ],
  [
    'Local: the only node with an endpoint announces although it drains',
    world({
      services: [service('web', { local: true })],
      servingNodes: new Map([['default/web', new Set(['node-b'])]]),
      standings: standings({ node: 'node-b', draining: true }),
    }),
    { owner: 'node-b', reason: 'announce' },
  ],
  [
    'a drain elsewhere explains nothing here',
    world({
      services: [web],
      self: 'node-c',
      config: config(advertisement({ nodeSelectors: [select('rack', '9')] }), advertisement()),
      standings: standings({ node: 'node-a', draining: true }),
    }),
    { owner: 'node-b', reason: 'notOwner' },
  ],
  [
    'a node without an uplink hands over to one that has nothing to say of its own',
    world({
      services: [web],
      standings: standings({ node: 'node-b', uplink: 'down' }, { node: 'node-c', uplink: 'works' }),
    }),
    { owner: 'node-a', reason: 'uplinkDown' },
  ],
  [
    'where all uplinks are down, the gateway is, and nothing moves',
    world({ services: [web], standings: standings(...NODES.map((name) => ({ node: name, uplink: 'down' as const }))) }),
    { owner: 'node-b', reason: 'announce' },
  ],
  [
    'a draining node goes before one without an uplink',
    world({
      services: [service('web', { local: true })],
      servingNodes: new Map([['default/web', new Set(['node-a', 'node-b'])]]),
      standings: standings(
        { node: 'node-a', draining: true },
        { node: 'node-b', uplink: 'down' },
        { node: 'node-c', uplink: 'works' },
      ),
    }),
    { owner: 'node-a', reason: 'uplinkDown' },
  ],
  [
    'a node whose link to the subnet has no carrier hands over',
    world({
      services: [web],
      standings: standings({ node: 'node-b', ifaces: ['mgmt0'], prefixes: [{ cidr: '10.0.0.0/24', carrier: false }] }),
    }),
    { owner: 'node-a', reason: 'noInterface' },
  ],
  [
    'a node without an interface that the advertisement names is no candidate',
    world({
      services: [web],
      config: config(advertisement({ interfaces: ['eth1'] })),
      standings: standings({ node: 'node-b', ifaces: ['eth0'] }, { node: 'node-a', ifaces: ['eth0', 'eth1'] }),
    }),
    { owner: 'node-a', reason: 'noInterface' },
  ],
  [
    'an interface counts by the advertisements for that node',
    world({
      services: [web],
      nodes: new Map(NODES.map((name) => [name, node(name, { labels: { name } })])),
      config: config(
        advertisement({ interfaces: ['eth1'], nodeSelectors: [select('name', 'node-b')] }),
        advertisement({ name: 'rest', interfaces: ['eth0'], nodeSelectors: [select('name', 'node-a')] }),
      ),
      standings: standings({ node: 'node-a', ifaces: ['eth0'] }, { node: 'node-b', ifaces: ['eth0'] }),
    }),
    { owner: 'node-a', reason: 'noInterface' },
  ],
  [
    'where no link of any node reaches, nobody announces',
    world({ services: [web], standings: standings(...NODES.map((name) => ({ node: name, ifaces: [] }))) }),
    { reason: 'noInterface' },
  ],
  [
    'a node that is not ready says that it has no interface',
    world({ services: [web], speakers: new Set(['node-a', 'node-c']) }),
    { owner: 'node-a', reason: 'noInterface' },
  ],
  ['a fenced node announces nothing', world({ services: [web], isFenced: true }), { reason: 'fenced' }],
  [
    'a fence does not hide that there is nothing to announce',
    world({ services: [web], isFenced: true, servingNodes: new Map() }),
    { reason: 'noEndpoints' },
  ],
];
for (const [name, situation, expected] of cases) {
  test(name, () => {
    const [plan] = planAddresses(situation);
    const { owner, reason } = plan ?? assert.fail();
    assert.deepEqual({ ...(owner && { owner }), reason }, expected);
  });
}

/** Who announces 10.0.0.1 when the nodes fall into these sides, with fencing. */
function announcers(sides: string[][]): string[] {
  return sides.flatMap((live) =>
    live.filter((self) => {
      const isFenced = !hasMajority({ self, pods: NODES, live, left: new Set() });
      const [plan] = planAddresses(world({ services: [web], self, speakers: new Set(live), isFenced }));
      return plan?.reason === 'announce';
    }),
  );
}

test('a partition with fencing: one side announces, and after healing the usual owner alone', () => {
  assert.deepEqual(announcers([['node-a', 'node-c'], ['node-b']]), ['node-a']);
  assert.deepEqual(announcers([['node-a'], ['node-b', 'node-c']]), ['node-b']);
  assert.deepEqual(announcers([['node-a'], ['node-b'], ['node-c']]), []);
  assert.deepEqual(announcers([NODES]), ['node-b']);
});

test('subnets are told apart address by address', () => {
  const services = ['10.0.0.1', '10.0.0.129'].map((ip, i) => service(`web${i}`, { ip }));
  const told = standings({ node: 'node-b', prefixes: [{ cidr: '10.0.0.0/25', carrier: false }] });
  const owners = (standing: typeof told) =>
    planAddresses(world({ services, standings: standing })).map(({ owner }) => owner);
  const [before, after] = [owners(new Map()), owners(told)];
  assert.notEqual(after[0], 'node-b');
  assert.equal(after[1], before[1]);
});
