// What `explain` says of a Service that is well, and of what it cannot know.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NO_EVIDENCE, whyUnknown } from '#cli/explain.ts';
import { formatExplanation } from '#cli/print-explain.ts';
import { parseTold } from '#cli/told.ts';
import type { WireCluster } from '#cli/wire-cluster.ts';
import { pool } from '#test/webhook/builders.ts';
import { explain, linesOf } from './explaining.ts';
import { foreignClaim, NOW, node, slice, snapshot, wire, wish } from './wire.ts';

const KEY = { 'metallb.io/allow-shared-ip': 'k' };
const HELD = { held: '10.0.0.1' };

describe('explain', () => {
  test('tells of a good Service where its address is from, who announces it and who is next', () => {
    const lastAnnounced = { message: 'announcing from node "node2"', at: '2026-11-25T11:00:00Z' };
    assert.equal(
      formatExplanation(explain({ changes: {}, evidence: { ...NO_EVIDENCE, lastAnnounced } })),
      `Service default/web

ADDRESS    ANNOUNCED BY   SINCE                  BY RANK   NEXT
10.0.0.1   node2          2026-11-25T11:00:00Z   node2     node1

Last announcement: announcing from node "node2", 2026-11-25T11:00:00Z

info: Allocated: 10.0.0.1 from pool "a"
info: announce: 10.0.0.1: node2 announces it, first by rank; node1 is next
`,
    );
  });

  const reasons: [string, Partial<WireCluster>, RegExp][] = [
    [
      'an address that was asked for',
      { services: [wish('web', { ...HELD, spec: { loadBalancerIP: '10.0.0.1' } })] },
      /^info: Allocated: 10\.0\.0\.1 from pool "a", as spec\.loadBalancerIP asks$/m,
    ],
    [
      'a pool that was asked for',
      { services: [wish('web', { ...HELD, metadata: { annotations: { 'metallb.io/address-pool': 'a' } } })] },
      /"a", as metadata\.annotations\[metallb\.io\/address-pool\] asks$/m,
    ],
    [
      'the first of two pools',
      { sources: { ...wire().sources, pools: [pool('a', ['10.0.0.1/32']), pool('b', ['10.0.0.2/32'])] } },
      /"a", the first of 2 pools open to it$/m,
    ],
    [
      'whom it shares the address with',
      {
        services: [
          wish('web', { ...HELD, metadata: { annotations: KEY } }),
          wish('next', { ...HELD, metadata: { annotations: KEY }, spec: { ports: [{ port: 81 }] } }),
        ],
      },
      /"a", shared with default\/next$/m,
    ],
    [
      'a node that drains and is passed over',
      { nodes: [node('node1', { annotations: { 'arpeggio.dev/drain': 'true' } }), node('node2')] },
      /node1 is next; passed over: node1 \(drains\)$/m,
    ],
    [
      'an owner that rank alone would not make',
      { statuses: wire().statuses.map((one) => ({ ...one, status: { ...one.status, node: 'node1' } })) },
      /node1 announces it, node2 would by rank/,
    ],
    [
      'nothing of a claim that expired',
      { conflicts: [foreignClaim(true, NOW - 1)] },
      /^info: Allocated: .*\ninfo: announce: .*first by rank; node1 is next$/,
    ],
  ];
  for (const [what, changes, wanted] of reasons) {
    test(`says ${what}`, () => assert.match(linesOf({ changes }).join('\n'), wanted));
  }

  test('goes by what the programs wrote while the configuration is invalid, for they go by the last good one', () => {
    const condition = { type: 'arpeggio.dev/Allocated', status: 'True', reason: 'Allocated', message: 'as it was' };
    const [web = {}] = wire().services;
    const services = [{ ...web, status: { ...web.status, conditions: [condition] } }];
    const sources = { pools: [pool('a', ['10.0.0.9-10.0.0.1'])], advertisements: [] };
    assert.deepEqual(linesOf({ changes: { services, sources } }), [
      'error: ConfigurationInvalid: IPAddressPool "a" is invalid, the last good configuration stays in use: spec.addresses[0]: "10.0.0.9-10.0.0.1" is reversed, wanted "10.0.0.1-10.0.0.9"',
      'info: Allocated: as it was',
      'info: announce: 10.0.0.1: node2 announces it',
    ]);
  });

  test('says that a Service without endpoints is silent on an address that is announced for another one', () => {
    const services = [
      wish('web', { ...HELD, metadata: { annotations: KEY } }),
      wish('next', { ...HELD, metadata: { annotations: KEY }, spec: { ports: [{ port: 81 }] } }),
    ];
    const [cause] = linesOf({ changes: { services, slices: [slice('default/next', ['node1'])] } });
    assert.match(cause ?? '', /^error: noEndpoints: .*; the address is announced for other Services on it$/);
  });

  test('believes the metrics of a speaker before its object is written', () => {
    const text = 'metallb_speaker_announced{service="default/web",protocol="layer2",node="node1",ip="10.0.0.1"} 1\n';
    const evidence = { ...NO_EVIDENCE, told: new Map([['node1', parseTold(text)]]) };
    const lines = linesOf({ changes: { statuses: [] }, evidence });
    assert.ok(lines.includes('info: announce: 10.0.0.1: node1 announces it, by its own metrics'));
  });

  test('says what it does not know when speakers cannot be asked', () => {
    const [cause] = linesOf({ changes: { statuses: [] } });
    assert.equal(
      cause,
      'error: notAnnounced: 10.0.0.1: node2 should announce it, and nothing says that it does (the speakers could not be asked)',
    );
  });

  test('names the Service that may be meant where there is none of the name', () => {
    const { services } = snapshot();
    const said = (key: string) => whyUnknown(key, services).replace(`Cannot explain Service "${key}": `, '');
    assert.equal(said('shop/web'), 'there is none of this name, but there is default/web');
    assert.equal(said('default/wep'), 'there is none of this name, did you mean "web"');
    assert.equal(said('default/nobody'), 'there is none of this name');
  });

  test('names a MetalLB that lives before anything else', () => {
    const pods = [{ metadata: { namespace: 'ours', name: 'm', labels: { app: 'metallb' } } }];
    const [cause] = linesOf({ changes: { pods, statuses: [] } });
    const what =
      'MetalLB runs in the same namespace, and no program of Arpeggio starts beside it: pod/m in namespace "ours"';
    assert.equal(cause, `error: BesideMetalLB: ${what}; to remove: kubectl delete -n ours pod/m`);
  });

  test('blames nothing that the caller may not look at', () => {
    const unread = ['pods', 'statuses', 'conflicts', 'lease', 'registration'] as const;
    const none = { pods: [], statuses: [], conflicts: [], lease: undefined, registration: undefined };
    assert.deepEqual(linesOf({ changes: { ...none, unread } }), [
      'info: Allocated: 10.0.0.1 from pool "a"',
      'info: unknown: 10.0.0.1: node2 should announce it, if its speaker is ready',
      'info: Forbidden: not looked at, because your rights do not allow it: conflicts, lease, pods, registration, statuses',
    ]);
  });
});
