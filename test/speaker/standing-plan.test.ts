// What a plan makes of that which nodes tell of themselves.
import assert from 'node:assert/strict';
import test from 'node:test';
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
    'a node without an uplink hands over to one whose uplink works',
    world({
      services: [web],
      standings: standings({ node: 'node-b', uplink: 'down' }, { node: 'node-c', uplink: 'works' }),
    }),
    { owner: 'node-a', reason: 'uplinkDown' },
  ],
  [
    'where no uplink works, the gateway is down and nothing moves',
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
];
for (const [name, situation, expected] of cases) {
  test(name, () => {
    const [plan] = planAddresses(situation);
    const { owner, reason } = plan ?? assert.fail();
    assert.deepEqual({ ...(owner && { owner }), reason }, expected);
  });
}
