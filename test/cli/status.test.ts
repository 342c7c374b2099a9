// One page about a cluster: what `status` prints, whole, and what it finds wrong with the programs.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatStatus } from '#cli/print-status.ts';
import { statusOf } from '#cli/status.ts';
import type { WireCluster } from '#cli/wire-cluster.ts';
import { NAMESPACE, pool } from '#test/webhook/builders.ts';
import { announcement, node, pod, REGISTRATION, slice, snapshot, wire, wish } from './wire.ts';

const CHART = { 'app.kubernetes.io/name': 'metallb' };
const EXCLUDED = { 'node.kubernetes.io/exclude-from-external-load-balancers': '' };
/** As MetalLB's chart labels it. */
const METALLB = {
  ...pod('speaker', 'node1', { ready: false }),
  metadata: { name: 'm-speaker', labels: { ...CHART, 'app.kubernetes.io/component': 'speaker' } },
};

describe('status', () => {
  test('shows programs, pools, nodes and Services, and says who is not served', () => {
    const nodes = [node('node1'), node('node2', { annotations: { 'arpeggio.dev/drain': 'true' }, labels: EXCLUDED })];
    const condition = {
      type: 'arpeggio.dev/Allocated',
      status: 'False',
      reason: 'PoolUnknown',
      message: 'unknown pool',
    };
    const waiting = { ...wish('waits'), status: { conditions: [condition] } };
    const text = formatStatus(statusOf(snapshot({ nodes, services: [...wire().services, waiting] })));
    assert.equal(
      text,
      `PROGRAM      READY   RESTARTS
webhook      1/1     0
controller   1/1     0
speaker      2/2     0

POOL   FROM            ADDRESSES           USED   FREE   ADVERTISED BY
a      IPAddressPool   10.0.0.1-10.0.0.4   1      3      all

NODE    SPEAKER   STATE                ANNOUNCES
node1   ready     -                    0
node2   ready     draining, excluded   1

SERVICE         ADDRESS    POOL   OWNER   REASON
default/web     10.0.0.1   a      node2   -
default/waits   -          -      -       PoolUnknown

warning: NoAddress: default/waits has no address: "kubectl arpeggio explain default/waits" says why
`,
    );
  });

  test('says that nothing is wrong where all are served', () => {
    assert.match(formatStatus(statusOf(snapshot())), /Nothing is wrong\n$/);
  });

  test('names Services that nobody announces, once each and not all of many, where that can be read', () => {
    const services = Array.from({ length: 7 }, (_, i) => wish(`web${i}`, { held: '10.0.0.1' }));
    const { findings } = statusOf(snapshot({ services }));
    assert.deepEqual(
      findings.map(({ message }) => message),
      [
        'default/web0, default/web1, default/web2, default/web3, default/web4 and 2 more have an address that nobody announces: "kubectl arpeggio explain default/web0" says why',
      ],
    );
    const blind = statusOf(snapshot({ services, statuses: [], unread: ['statuses'] }));
    assert.deepEqual(
      blind.findings.map(({ reason }) => reason),
      ['Forbidden'],
    );
  });

  test('takes what a node wrote for an announcement only while its speaker is ready', () => {
    const pods = [pod('controller', 'node1'), pod('speaker', 'node1'), pod('speaker', 'node2', { ready: false })];
    const { nodes, services, findings } = statusOf(snapshot({ pods }));
    assert.deepEqual(
      nodes.map(({ addresses }) => addresses),
      [0, 0],
    );
    assert.deepEqual(services[0]?.owners, []);
    assert.ok(findings.some(({ reason }) => reason === 'notAnnounced'));
  });

  test('counts an address that two Services share, or one of another class shows, once', () => {
    const services = [
      wish('web', { held: '10.0.0.1' }),
      wish('next', { held: '10.0.0.1' }),
      wish('other', { held: '10.0.0.2', spec: { loadBalancerClass: 'example.com/other' } }),
    ];
    const { pools, services: rows } = statusOf(snapshot({ services }));
    assert.deepEqual([pools[0]?.used, pools[0]?.free], ['2', '2']);
    assert.deepEqual(
      rows.map(({ service }) => service),
      ['default/web', 'default/next'],
    );
  });

  test('names both nodes of a Service that two announce', () => {
    const statuses = ['node1', 'node2'].map((name) => announcement('default/web', name, '10.0.0.1'));
    assert.deepEqual(statusOf(snapshot({ statuses })).services[0]?.owners, ['node1', 'node2']);
  });

  const faults: [string, Partial<WireCluster>, string[]][] = [
    ['no registration', { registration: undefined }, ['warning WebhookNotRegistered']],
    ['a webhook without a ready endpoint', { slices: [] }, ['warning WebhookUnreachable']],
    [
      'a controller that is not ready',
      { pods: [pod('controller', 'node1', { ready: false }), pod('speaker', 'node1'), pod('speaker', 'node2')] },
      ['error ControllerNotReady'],
    ],
    ['a Lease that nobody holds', { lease: { spec: { holderIdentity: '' } } }, ['error NoLeaseHolder']],
    [
      'a Lease that was not renewed',
      { lease: { spec: { holderIdentity: 'c', renewTime: '2026-11-25T11:50:00Z' } } },
      ['error LeaseStale'],
    ],
    ['no speaker at all', { pods: [pod('controller', 'node1')] }, ['error NoSpeaker', 'warning notAnnounced']],
    [
      'no speaker on one node',
      { pods: [pod('controller', 'node1'), pod('speaker', 'node1')] },
      ['warning SpeakerNotReady', 'warning notAnnounced'],
    ],
    [
      'an invalid configuration',
      { sources: { pools: [pool('a', ['10.0.0.9-10.0.0.1'])], advertisements: [] } },
      ['error ConfigurationInvalid'],
    ],
    [
      'IPVS without strictARP',
      { kubeProxy: { data: { 'config.conf': 'mode: ipvs\nipvs: {strictARP: false}\n' } } },
      ['error StrictArpOff'],
    ],
    ['IPVS with strictARP', { kubeProxy: { data: { 'config.conf': 'mode: ipvs\nipvs: {strictARP: true}\n' } } }, []],
    ['nftables', { kubeProxy: { data: { 'config.conf': 'mode: nftables\nipvs: null\n' } } }, []],
    [
      'what the caller may not read, and nothing about it',
      { unread: ['registration', 'pods', 'lease'], registration: undefined, pods: [], lease: undefined },
      ['info Forbidden'],
    ],
    ['a MetalLB that lives, whose Pods are none of ours', { pods: [...wire().pods, METALLB] }, ['error BesideMetalLB']],
    [
      'the registration that a MetalLB left',
      { metalLbRegistration: { webhooks: REGISTRATION.webhooks } },
      ['warning BesideMetalLB'],
    ],
    ['nothing wrong', { registration: REGISTRATION, slices: [slice(`${NAMESPACE}/webhook`, ['node2'])] }, []],
  ];
  for (const [what, changes, wanted] of faults) {
    test(`finds ${what}`, () => {
      const { findings } = statusOf(snapshot(changes));
      assert.deepEqual(
        findings.map(({ level, reason }) => `${level} ${reason}`),
        wanted,
      );
    });
  }
});
