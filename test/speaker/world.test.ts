// Reading the cluster's objects.
import assert from 'node:assert/strict';
import test from 'node:test';
import { parseNode } from '#core/node.ts';
import {
  isDraining,
  isFit,
  mergeSlices,
  mergeStandings,
  parseEndpointSlice,
  parseHeartbeatKey,
  parsePeer,
} from '#speaker/world.ts';

const EXCLUDE = 'node.kubernetes.io/exclude-from-external-load-balancers';

const nodes: [string, Parameters<typeof parseNode>[0], boolean][] = [
  ['a plain node is fit', {}, true],
  ['a cordoned or not ready node is fit', { status: { conditions: [{ type: 'Ready', status: 'False' }] } }, true],
  ['a labelled node is not, whatever the value', { metadata: { labels: { [EXCLUDE]: '' } } }, false],
  [
    'a node without a network is not',
    { status: { conditions: [{ type: 'NetworkUnavailable', status: 'True' }] } },
    false,
  ],
  ['a node with a network is', { status: { conditions: [{ type: 'NetworkUnavailable', status: 'False' }] } }, true],
];
for (const [name, object, fit] of nodes) test(name, () => assert.equal(isFit(parseNode(object)), fit));

const DRAIN = 'arpeggio.dev/drain';
const annotated = (value: string) => ({ metadata: { annotations: { [DRAIN]: value } } });
const drains: [string, Parameters<typeof parseNode>[0], boolean, boolean][] = [
  ['a plain node does not drain', {}, false, false],
  ['the annotation drains, whatever the value', annotated('maintenance'), true, true],
  ['but "false" does not', annotated('false'), false, false],
  ['nor an empty one', annotated(''), false, false],
  ['cordon drains only where that is wanted', { spec: { unschedulable: true } }, false, true],
];
for (const [name, object, alone, onCordon] of drains) {
  test(name, () => {
    const node = parseNode(object);
    assert.equal(isDraining(node, { drainOnCordon: false }), alone);
    assert.equal(isDraining(node, { drainOnCordon: true }), onCordon);
  });
}

test('a node drains from when it or the API server says so first until both have taken it back', () => {
  const rule = { drainOnCordon: false };
  const nodes = new Map(['a', 'b', 'c'].map((name) => [name, parseNode({ metadata: { name } })]));
  nodes.set('b', parseNode(annotated('true')));
  const said = (draining: boolean) => ({ draining, uplink: 'works' as const });
  const told = new Map([
    ['a', said(true)],
    ['b', said(false)],
    ['c', said(false)],
    ['d', undefined],
  ] as const);
  assert.deepEqual(
    mergeStandings(told, nodes, rule),
    new Map<string, object>([
      ['a', said(true)],
      ['b', said(true)],
      ['c', said(false)],
      ['d', { draining: false, uplink: 'unknown' }],
    ]),
  );
});

test('a slice without any endpoint (null on the wire) serves nowhere', () => {
  const { nodes: serving, hasServing } = parseEndpointSlice({
    metadata: { namespace: 'default', name: 'web-x' },
    endpoints: null,
  });
  assert.deepEqual([serving, hasServing], [[], false]);
});

function slice(...endpoints: { nodeName?: string; conditions?: { ready?: boolean; serving?: boolean } }[]) {
  const labels = { 'kubernetes.io/service-name': 'web' };
  return parseEndpointSlice({ metadata: { namespace: 'default', name: 'web-x', labels }, endpoints });
}

test('an endpoint serves when it is ready, when nothing says otherwise, or when it still serves while it ends', () => {
  const read = slice(
    { nodeName: 'a', conditions: { ready: true } },
    { nodeName: 'b' },
    { nodeName: 'c', conditions: { ready: false, serving: true } },
    { nodeName: 'd', conditions: { ready: false, serving: false } },
    { nodeName: 'a' },
  );
  assert.deepEqual(read, { service: 'default/web', nodes: ['a', 'b', 'c'], hasServing: true });
});

test('slices of a Service are united; one without an endpoint that serves says nothing', () => {
  const merged = mergeSlices([
    slice({ nodeName: 'a' }),
    slice({ nodeName: 'b' }),
    slice({ nodeName: 'c', conditions: { ready: false } }),
  ]);
  assert.deepEqual(merged, new Map([['default/web', new Set(['a', 'b'])]]));
  assert.deepEqual(mergeSlices([slice({ nodeName: 'c', conditions: { ready: false } })]), new Map());
});

test('an endpoint outside of any node serves, but belongs to no node', () => {
  assert.deepEqual(mergeSlices([slice({})]), new Map([['default/web', new Set()]]));
});

test('a peer is a speaker Pod with a node and an address that is not over', () => {
  const pod = { spec: { nodeName: 'a' }, status: { hostIP: '10.0.0.1', phase: 'Running' } };
  assert.deepEqual(parsePeer(pod), { node: 'a', address: '10.0.0.1' });
  assert.equal(parsePeer({ ...pod, status: { phase: 'Pending' } }), undefined);
  assert.equal(parsePeer({ ...pod, status: { ...pod.status, phase: 'Failed' } }), undefined);
});

test('the heartbeat key is base64 of at least 16 bytes', () => {
  const key = Buffer.alloc(32, 7);
  assert.deepEqual(parseHeartbeatKey({ data: { key: key.toString('base64') } }), key);
  assert.equal(parseHeartbeatKey({ data: { key: 'c2hvcnQ=' } }), undefined);
  assert.equal(parseHeartbeatKey({}), undefined);
});
