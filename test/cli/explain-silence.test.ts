// An address that should be announced and is not, explained by what speakers tell: their plans, as their metrics write them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { NO_EVIDENCE } from '#cli/explain.ts';
import { parseTold, type Told } from '#cli/told.ts';
import type { WireCluster } from '#cli/wire-cluster.ts';
import { FirstUse } from '#speaker/first-use.ts';
import { type AddressPlan, planAddresses, type World } from '#speaker/plan.ts';
import { openPlanMetrics } from '#speaker/plan-metrics.ts';
import { node, service, standings, world } from '#test/speaker/builders.ts';
import { linesOf } from './explaining.ts';
import { foreignClaim, wire } from './wire.ts';

const SPEAKERS = ['node1', 'node2'];
const FENCE = { isFenced: true };
const NO_IFACE = { standings: standings(...SPEAKERS.map((name) => ({ node: name, ifaces: [] }))) };
const HEAR_NO_MAJORITY =
  'hear no majority of the speakers and stay silent (FENCING is majority): check the network between the nodes';

/** What the speaker of a node plans for the address of default/web, of which node2 is the owner. */
function plansOf(self: string, changes: Partial<World> = {}): AddressPlan[] {
  const services = [service('web')];
  const nodes = new Map(SPEAKERS.map((name) => [name, node(name)]));
  const servingNodes = new Map([['default/web', new Set(SPEAKERS)]]);
  return planAddresses({ ...world({ services }), self, nodes, servingNodes, speakers: new Set(SPEAKERS), ...changes });
}

/** A Service that is new to a speaker which runs already. */
function firstUse(plans: AddressPlan[]): AddressPlan[] {
  const seen = new FirstUse();
  seen.admit([], 0);
  return [...seen.admit(plans, 1).plans];
}

async function toldBy(plans: readonly AddressPlan[]): Promise<Told> {
  const registry = new Registry();
  openPlanMetrics(registry, { plans, standing: undefined, isFenced: false });
  return parseTold(await registry.metrics());
}

type Case = {
  readonly told: readonly [string, AddressPlan[]][];
  readonly changes?: Partial<WireCluster>;
  readonly wanted: string;
};

/** It announced the address, as its record says that nobody took away. */
const OWNER_DIED = {
  pods: wire().pods.filter(({ spec }) => spec?.nodeName !== 'node2'),
  statuses: wire().statuses,
};

const CASES: [string, Case][] = [
  [
    'a partition that leaves no side a majority, with FENCING=majority',
    {
      told: [
        ['node1', plansOf('node1', FENCE)],
        ['node2', plansOf('node2', FENCE)],
      ],
      wanted: `error: fenced: 10.0.0.1: the speakers of node1, node2 ${HEAR_NO_MAJORITY}`,
    },
  ],
  [
    'the same while the speakers of the other side cannot be asked',
    {
      told: [['node1', plansOf('node1', { ...FENCE, speakers: new Set(['node1']) })]],
      wanted: `error: fenced: 10.0.0.1: the speakers of node1 ${HEAR_NO_MAJORITY}`,
    },
  ],
  [
    'the same when what the dead owner wrote still stands',
    {
      told: [['node1', plansOf('node1', { ...FENCE, speakers: new Set(['node1']) })]],
      changes: OWNER_DIED,
      wanted: `error: fenced: 10.0.0.1: the speakers of node1 ${HEAR_NO_MAJORITY}`,
    },
  ],
  [
    'an owner without a ready speaker as the last that is known, where nobody can be asked',
    {
      told: [],
      changes: OWNER_DIED,
      wanted:
        'warning: notAnnounced: 10.0.0.1: node1 should announce it, and nothing says that it does (the speakers could not be asked); node2 announced it last, without a ready speaker now',
    },
  ],
  [
    'the same as an error where all ready speakers were asked',
    {
      told: [['node1', plansOf('node1')]],
      changes: OWNER_DIED,
      wanted:
        'error: notAnnounced: 10.0.0.1: node1 should announce it, and nothing says that it does; node2 announced it last, without a ready speaker now',
    },
  ],
  [
    'what keeps those that are left from it, although what the dead owner wrote still stands',
    {
      told: [['node1', plansOf('node1', NO_IFACE)]],
      changes: OWNER_DIED,
      wanted:
        'error: noInterface: 10.0.0.1: no node has a suitable interface with carrier in its subnet; node2 announced it last, without a ready speaker now',
    },
  ],
  [
    'a stranger on an address that only a dead owner says to announce',
    {
      told: [],
      changes: { ...OWNER_DIED, conflicts: [foreignClaim(false)] },
      wanted:
        'error: addressConflict: 10.0.0.1: a stranger (02:00:00:00:00:99) uses it too, heard on node2 (eth0): it is not announced',
    },
  ],
  [
    'a fence around one side only, while the other side should announce and does not',
    {
      told: [
        ['node1', plansOf('node1', FENCE)],
        ['node2', plansOf('node2', { speakers: new Set(['node1']) })],
      ],
      wanted: 'error: notAnnounced: 10.0.0.1: node2 should announce it, and nothing says that it does',
    },
  ],
  [
    'the first use of an address, which is asked about before',
    {
      told: [
        ['node1', firstUse(plansOf('node1'))],
        ['node2', firstUse(plansOf('node2'))],
      ],
      wanted: 'warning: probing: 10.0.0.1: is asked about on the wire before its first use',
    },
  ],
];

for (const [what, { told, changes, wanted }] of CASES) {
  test(`explain names ${what}`, async () => {
    const asked = told.map(async ([name, plans]): Promise<[string, Told]> => [name, await toldBy(plans)]);
    const evidence = { ...NO_EVIDENCE, told: new Map(await Promise.all(asked)) };
    assert.equal(linesOf({ changes: { statuses: [], ...changes }, evidence })[0], wanted);
  });
}
