// What of a MetalLB is in the way, by Pods as its manifests and its chart make them, and what removes it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  describeObstacles,
  leftRegistration,
  livePods,
  type MetalLbPodObject,
  type Obstacle,
  removalOf,
} from '#core/metallb.ts';

const NOW = Date.parse('2026-11-25T12:00:00Z');
const OURS = 'metallb-system';

type Made = { readonly labels?: { readonly [key: string]: string }; readonly by?: string; readonly phase?: string };

function pod(name: string, { labels = { app: 'metallb' }, by, phase = 'Running' }: Made = {}): MetalLbPodObject {
  const [kind = '', owner = ''] = by?.split('/') ?? [];
  const ownerReferences = by === undefined ? [] : [{ kind, name: owner }];
  return { metadata: { namespace: OURS, name, labels, ownerReferences }, status: { phase } };
}

function deleted(name: string, deletionTimestamp: string, by = 'DaemonSet/speaker'): MetalLbPodObject {
  const made = pod(name, { by });
  return { ...made, metadata: { ...made.metadata, deletionTimestamp } };
}

const HASH = { 'pod-template-hash': '5d8f7' };
const PLAIN = [
  pod('controller-5d8f7-x', { labels: { app: 'metallb', ...HASH }, by: 'ReplicaSet/controller-5d8f7' }),
  pod('speaker-a', { by: 'DaemonSet/speaker' }),
  pod('speaker-b', { by: 'DaemonSet/speaker' }),
];
const CHART = { 'app.kubernetes.io/name': 'metallb' };
const HELM = [
  pod('m-controller-5d8f7-x', { labels: { ...CHART, ...HASH }, by: 'ReplicaSet/m-controller-5d8f7' }),
  pod('m-speaker-a', { labels: CHART, by: 'DaemonSet/m-speaker' }),
];

const seen = (pods: readonly MetalLbPodObject[]) => livePods({ pods, namespace: OURS, now: NOW });
const served = (namespace: string) => ({ webhooks: [{ clientConfig: { service: { namespace, name: 'w' } } }] });
const registered = (namespace: string) =>
  leftRegistration({ pods: [], registration: served(namespace), namespace: OURS, now: NOW });

const REMOVALS: [string, readonly Obstacle[], readonly string[]][] = [
  ['nothing', [], []],
  ['the plain manifests', seen(PLAIN), ['kubectl delete -n metallb-system daemonset/speaker deployment/controller']],
  ['the chart', seen(HELM), ['kubectl delete -n metallb-system daemonset/m-speaker deployment/m-controller']],
  ['a Pod that nothing made', seen([pod('lone')]), ['kubectl delete -n metallb-system pod/lone']],
  [
    'a Pod whose maker nobody may know',
    seen([pod('odd', { by: 'Machine/m' })]),
    ['kubectl delete -n metallb-system pod/odd'],
  ],
  [
    'a ReplicaSet without a Deployment',
    seen([pod('set-x', { by: 'ReplicaSet/set' })]),
    ['kubectl delete -n metallb-system replicaset/set'],
  ],
  ['a Pod that is being deleted', seen([deleted('speaker-a', '2026-11-25T11:59:59Z')]), []],
  [
    'a Pod on a node that is off, beside the rest',
    seen([deleted('speaker-a', '2026-11-25T11:59:00Z'), pod('lone')]),
    ['kubectl delete -n metallb-system pod/lone', 'kubectl delete -n metallb-system pod/speaker-a --force'],
  ],
  [
    'a registration beside a MetalLB',
    [...seen(PLAIN), ...registered(OURS)],
    [
      'kubectl delete -n metallb-system daemonset/speaker deployment/controller',
      'kubectl delete validatingwebhookconfiguration/metallb-webhook-configuration',
    ],
  ],
];

describe('what of a MetalLB is in the way', () => {
  for (const [what, obstacles, commands] of REMOVALS) {
    test(`goes by one command for each namespace: ${what}`, () => assert.deepEqual(removalOf(obstacles), commands));
  }

  test('is neither a Pod that is over, nor one of others, nor one of ours', () => {
    const ours = { 'app.kubernetes.io/name': 'arpeggio', 'app.kubernetes.io/component': 'speaker' };
    const others = [
      pod('done', { phase: 'Succeeded' }),
      pod('failed', { phase: 'Failed' }),
      pod('ours', { labels: ours }),
    ];
    assert.deepEqual(seen([...others, pod('web', { labels: { app: 'web' } }), pod('bare', { labels: {} })]), []);
    assert.deepEqual(leftRegistration({ pods: [], namespace: OURS, now: NOW }), []);
  });

  test('is a Pod that does not run yet', () => {
    assert.equal(seen([pod('speaker-a', { by: 'DaemonSet/speaker', phase: 'Pending' })]).length, 1);
  });

  test('is told in one sentence, with where else a MetalLB may be', () => {
    const [live, elsewhere] = [seen(PLAIN), registered('lb')];
    assert.equal(
      describeObstacles([...live, ...elsewhere]),
      'daemonset/speaker, deployment/controller in namespace "metallb-system", ' +
        'validatingwebhookconfiguration/metallb-webhook-configuration (served from namespace "lb", where a MetalLB may live); ' +
        'to remove: kubectl delete -n metallb-system daemonset/speaker deployment/controller; ' +
        'kubectl delete validatingwebhookconfiguration/metallb-webhook-configuration',
    );
    assert.equal(
      describeObstacles(seen([deleted('speaker-a', '2026-11-25T11:59:59Z')])),
      'pod/speaker-a in namespace "metallb-system" (being deleted)',
    );
  });

  test('is told with the commands in the length of an Event also where many Pods are stuck', () => {
    const stuck = Array.from({ length: 20 }, (_, i) =>
      deleted(`speaker-${String(i).padStart(5, '0')}`, '2026-11-25T11:59:00Z'),
    );
    const obstacles = [...seen([...PLAIN, ...stuck]), ...registered('lb')];
    const sentence = describeObstacles(obstacles);
    assert.ok(sentence.length < 960, `${sentence.length} characters`);
    assert.match(sentence, /pod\/speaker-00004 and 15 more in namespace "metallb-system" \(its node does not end it/);
    for (const command of removalOf(obstacles)) assert.ok(sentence.includes(command), command);
  });
});
