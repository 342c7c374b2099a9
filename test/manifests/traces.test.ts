import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AnyObject, tracesOf } from './traces.ts';

function object(kind: string, metadata: Partial<AnyObject['metadata']>): AnyObject {
  return { kind, metadata: { name: 'a', ...metadata } };
}

const ROWS: [string, AnyObject, string[]][] = [
  ['whatever is in the namespace', object('Secret', { namespace: 'metallb-system' }), ['Secret metallb-system/a']],
  ['the namespace', object('Namespace', { name: 'metallb-system' }), ['Namespace metallb-system']],
  ['a name', object('ClusterRole', { name: 'arpeggio-speaker' }), ['ClusterRole arpeggio-speaker']],
  [
    'a definition',
    object('CustomResourceDefinition', { name: 'x.metallb.io' }),
    ['CustomResourceDefinition x.metallb.io'],
  ],
  ['a label', object('Pod', { labels: { 'app.kubernetes.io/name': 'arpeggio' } }), ['Pod a']],
  ['an annotation on a Node', object('Node', { annotations: { 'arpeggio.dev/drain': 'true' } }), ['Node a']],
  ['a finalizer on a Service', object('Service', { finalizers: ['arpeggio.dev/hold'] }), ['Service a']],
  ['an owner', object('EndpointSlice', { ownerReferences: [{ name: 'arpeggio' }] }), ['EndpointSlice a']],
  ['not what a user wrote on a Service', object('Service', { annotations: { 'metallb.io/address-pool': 'a' } }), []],
  ['not the rest of the cluster', object('Node', { labels: { 'kubernetes.io/os': 'linux' } }), []],
];

for (const [what, given, wanted] of ROWS) {
  test(`a trace of Arpeggio is ${what}`, () => {
    assert.deepEqual(tracesOf([given, given]), wanted);
  });
}
