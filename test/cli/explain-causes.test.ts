// Set-ups that are broken in one way each, and the cause that `explain` has to name first.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Evidence, NO_EVIDENCE } from '#cli/explain.ts';
import { failureText } from '#cli/failure.ts';
import { parseTold } from '#cli/told.ts';
import { ApiError } from '#platform/cluster.ts';
import { advertisement, NAMESPACE, pool } from '#test/webhook/builders.ts';
import { linesOf, type Setup } from './explaining.ts';
import { CLASS, foreignClaim, node, pod, REGISTRATION, slice, wire, wish } from './wire.ts';

const LABEL = { 'node.kubernetes.io/exclude-from-external-load-balancers': '' };
const KEY = { 'metallb.io/allow-shared-ip': 'k' };
const HELD = { held: '10.0.0.1' };
const ASKED = wish('web', { ...HELD, spec: { loadBalancerIP: '10.0.0.1' } });
const local = wish('web', { ...HELD, spec: { externalTrafficPolicy: 'Local' } });
const pools = (spec: { [key: string]: unknown }) => ({
  ...wire().sources,
  pools: [{ ...pool('a', ['10.0.0.1/32']), spec: { addresses: ['10.0.0.1/32'], ...spec } }],
});
const advertised = (spec: { [key: string]: unknown }) => ({
  ...wire().sources,
  advertisements: [advertisement('wrong', spec)],
});
const metrics = (reason: string) => parseTold(`arpeggio_addresses{reason="${reason}"} 1\n`);
const all = (reason: string): Evidence => {
  return { ...NO_EVIDENCE, told: new Map(['node1', 'node2'].map((name) => [name, metrics(reason)])) };
};

const causes: [string, Setup, string][] = [
  [
    'a pool name that is wrong',
    { changes: { services: [wish('web', { metadata: { annotations: { 'metallb.io/address-pool': 'other' } } })] } },
    'error: PoolUnknown: unknown pool "other"; this Service may use pool "a"',
  ],
  [
    'a port that clashes on a shared address',
    {
      changes: {
        services: [
          wish('first', { ...HELD, metadata: { annotations: KEY } }),
          wish('web', { metadata: { annotations: KEY }, spec: { loadBalancerIP: '10.0.0.1' } }),
        ],
      },
    },
    'error: PortInUse: TCP/80 on 10.0.0.1 is already used by default/first (port "http")',
  ],
  [
    'no endpoint at all',
    { changes: { slices: [slice('default/web', [])] } },
    'error: noEndpoints: 10.0.0.1: nobody announces it while no Pod matches app=web',
  ],
  [
    'endpoints of which none is ready',
    { changes: { slices: [slice('default/web', ['node1', 'node2'], false)] } },
    'error: noEndpoints: 10.0.0.1: nobody announces it while none of its 2 endpoints is ready',
  ],
  [
    'no endpoint with externalTrafficPolicy Local',
    { changes: { services: [local], slices: [] } },
    'error: noEndpoints: 10.0.0.1: nobody announces it while no Pod matches app=web (externalTrafficPolicy is Local)',
  ],
  [
    'with externalTrafficPolicy Local an endpoint on an excluded node only',
    {
      changes: {
        services: [local],
        slices: [slice('default/web', ['node1'])],
        nodes: [node('node1', { labels: LABEL }), node('node2')],
      },
    },
    'error: noMatchingAdvertisement: 10.0.0.1: no node can announce it: node1 (label node.kubernetes.io/exclude-from-external-load-balancers); node2 (no ready endpoint there, externalTrafficPolicy is Local)',
  ],
  [
    'nodes that are all excluded by label',
    { changes: { nodes: [node('node1', { labels: LABEL }), node('node2', { labels: LABEL })] } },
    'error: noMatchingAdvertisement: 10.0.0.1: no node can announce it: node1, node2 (label node.kubernetes.io/exclude-from-external-load-balancers)',
  ],
  [
    'a pool without an advertisement',
    { changes: { sources: { ...wire().sources, advertisements: [] } } },
    'error: notAdvertised: 10.0.0.1: no L2Advertisement selects pool "a"',
  ],
  [
    'an advertisement of the pool that leaves the Service out',
    { changes: { sources: advertised({ serviceSelectors: [{ matchLabels: { tier: 'front' } }] }) } },
    'error: notAdvertised: 10.0.0.1: L2Advertisement "wrong" selects the pool, but not this Service',
  ],
  [
    'an interface that no node has',
    { changes: { sources: advertised({ interfaces: ['eth9'] }), statuses: [] }, evidence: all('noInterface') },
    'error: noInterface: 10.0.0.1: no node has a suitable interface "eth9" (missing, down or excluded), and L2Advertisement "wrong" wants one',
  ],
  [
    'an address in a subnet that no node has a link in',
    { changes: { statuses: [] }, evidence: all('noInterface') },
    'error: noInterface: 10.0.0.1: no node has a suitable interface with carrier in its subnet',
  ],
  [
    'a stranger that had the address first',
    {
      changes: {
        statuses: [],
        conflicts: [foreignClaim(false)],
        services: [ASKED],
      },
    },
    'error: addressConflict: 10.0.0.1: a stranger (02:00:00:00:00:99) uses it too, heard on node2 (eth0): it is not announced',
  ],
  [
    'a stranger that is gone, so that the address is announced',
    { changes: { conflicts: [foreignClaim(false)], services: [ASKED] } },
    'warning: addressConflict: 10.0.0.1: a stranger (02:00:00:00:00:99) uses it too, heard on node2 (eth0): it is announced all the same',
  ],
  [
    'a stranger that came later',
    { changes: { conflicts: [foreignClaim(true)] } },
    'warning: addressConflict: 10.0.0.1: a stranger (02:00:00:00:00:99) uses it too, heard on node2 (eth0): it is announced all the same',
  ],
  [
    'a registration that is missing',
    { changes: { registration: undefined } },
    'warning: WebhookNotRegistered: ValidatingWebhookConfiguration "arpeggio" is missing: mistakes in Services and pools are not refused',
  ],
  [
    'a webhook that nobody can reach',
    { changes: { slices: [slice('default/web', ['node1'])], registration: REGISTRATION } },
    `warning: WebhookUnreachable: Service ${NAMESPACE}/webhook has no ready endpoint: Services are not checked at admission, and pools are refused`,
  ],
  [
    'a pool that is exhausted',
    { changes: { sources: pools({}), services: [wish('first', HELD), wish('web')] } },
    'error: PoolExhausted: no free address is left in pool "a"',
  ],
  [
    'a class that nobody here serves',
    { changes: { services: [wish('web', { spec: { loadBalancerClass: CLASS } })] } },
    `error: ClassMismatch: spec.loadBalancerClass is "${CLASS}", wanted none, because LB_CLASS of the controller is not set`,
  ],
  [
    'no class where one is wanted',
    { changes: { pods: [pod('controller', 'node1', { env: { LB_CLASS: CLASS } })] } },
    `error: ClassMismatch: spec.loadBalancerClass is not set, wanted "${CLASS}" (LB_CLASS of the controller)`,
  ],
  [
    'a namespace that the pool is closed to',
    { changes: { sources: pools({ serviceAllocation: { namespaces: ['shop'] } }), services: [wish('web')] } },
    'error: PoolNotAllowed: no pool that assigns addresses by itself is open to this Service',
  ],
  [
    'a namespace that the pool it names is closed to',
    {
      changes: {
        sources: pools({ serviceAllocation: { namespaces: ['shop'] } }),
        services: [wish('web', { metadata: { annotations: { 'metallb.io/address-pool': 'a' } } })],
      },
    },
    'error: PoolNotAllowed: pool "a" is closed to this Service; no pool is open to this Service',
  ],
  [
    'no pool at all',
    { changes: { sources: { pools: [], advertisements: [] }, services: [wish('web')] } },
    'error: NoPool: no address pool is configured',
  ],
  [
    'a controller that has not given the address that is due',
    { changes: { services: [wish('web')], pods: [pod('controller', 'node1', { ready: false })] } },
    'error: NotWritten: 10.0.0.1 from pool "a" is due, but the status still shows no address: the controller has not written it',
  ],
  [
    'a Service of another type',
    { changes: { services: [wish('web', { spec: { type: 'ClusterIP' } })] } },
    'error: NotLoadBalancer: spec.type is "ClusterIP", wanted "LoadBalancer"',
  ],
];

describe('explain names the cause first:', () => {
  for (const [what, setup, wanted] of causes) {
    test(what, () => assert.equal(linesOf(setup)[0], wanted));
  }

  test('an API server that is down, in one sentence', () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED 192.168.1.2:6443'), { code: 'ECONNREFUSED' });
    const error = new ApiError('Cannot GET /api/v1/services', { status: 0, reason: 'Unreachable', cause });
    const wanted = 'Cannot reach the API server: connect ECONNREFUSED 192.168.1.2:6443 (ECONNREFUSED)';
    assert.equal(failureText(error), wanted);
  });
});
