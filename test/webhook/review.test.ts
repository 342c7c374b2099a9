// Services and the rules around all reviews: what is denied, what is only said, what is left alone.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatProblem } from '#core/problem.ts';
import { type ReviewWorld, review } from '#core/rules/review.ts';
import type { ReviewRequest } from '#core/rules/review-request.ts';
import { configMap, NAMESPACE, pool, requestOf, service, world } from './builders.ts';

const POOL = pool('a', ['10.0.0.0/24']);
const OUT_OF_POOL = { loadBalancerIP: '10.9.9.9' };
const USED = service('holder', { held: '10.0.0.9', spec: { loadBalancerIP: '10.0.0.9' } });

type Case = {
  name: string;
  request: ReviewRequest;
  world?: ReviewWorld;
  denied?: RegExp[];
  warned?: RegExp[];
};

const POOLED = world({ pools: [POOL] });
const wrong = (metadata = {}, spec = {}) => service('web', { metadata, spec: { ...OUT_OF_POOL, ...spec } });

const cases: Case[] = [
  { name: 'a Service without a request is allowed', request: requestOf('CREATE', { object: service('web') }) },
  {
    name: 'a Service that asks for an address in no pool is denied',
    request: requestOf('CREATE', { object: wrong() }),
    denied: [/^spec\.loadBalancerIP: 10\.9\.9\.9 is in no pool; this Service may use pool "a"$/],
  },
  {
    name: 'before any pool exists the same Service is only warned',
    request: requestOf('CREATE', { object: wrong() }),
    world: world(),
    warned: [/10\.9\.9\.9 is in no pool/],
  },
  {
    name: 'every problem is told at once',
    request: requestOf('CREATE', {
      object: service('web', { metadata: { annotations: { 'metallb.io/address-pool': 'b' } }, spec: OUT_OF_POOL }),
    }),
    denied: [/address-pool\]: unknown pool "b"/, /10\.9\.9\.9 is in no pool/],
  },
  {
    name: 'an address held by another Service is denied and its holder named',
    request: requestOf('CREATE', { object: service('web', { spec: { loadBalancerIP: '10.0.0.9' } }) }),
    world: world({ pools: [POOL], services: [USED] }),
    denied: [/10\.0\.0\.9 is already used by default\/holder/],
  },
  {
    name: 'a Service may keep the address it holds itself',
    request: requestOf('UPDATE', { object: USED, oldObject: USED }),
    world: world({ pools: [POOL], services: [USED] }),
  },
  {
    name: 'a Service of another type is none of ours',
    request: requestOf('CREATE', { object: wrong({}, { type: 'ClusterIP' }) }),
  },
  {
    name: 'a Service with a class is not ours when none is configured',
    request: requestOf('CREATE', { object: wrong({}, { loadBalancerClass: 'other' }) }),
  },
  {
    name: 'a Service of our class is ours when one is configured',
    request: requestOf('CREATE', { object: wrong({}, { loadBalancerClass: 'ours' }) }),
    world: world({ pools: [POOL], settings: { loadBalancerClass: 'ours' } }),
    denied: [/is in no pool/],
  },
  {
    name: 'a Service without a class is not ours when one is configured',
    request: requestOf('CREATE', { object: wrong() }),
    world: world({ pools: [POOL], settings: { loadBalancerClass: 'ours' } }),
  },
  {
    name: 'a Service that was wrong before may be labelled, with a warning',
    request: requestOf('UPDATE', { object: wrong({ labels: { team: 'x' } }), oldObject: wrong() }),
    warned: [/10\.9\.9\.9 is in no pool/],
  },
  {
    name: 'a Service that was wrong before may not get wrong in another way',
    request: requestOf('UPDATE', {
      object: wrong({ annotations: { 'metallb.io/address-pool': 'b' } }),
      oldObject: wrong(),
    }),
    denied: [/unknown pool "b"/],
    warned: [/10\.9\.9\.9 is in no pool/],
  },
  {
    name: 'a Service that turns into a LoadBalancer is judged like a new one',
    request: requestOf('UPDATE', { object: wrong(), oldObject: wrong({}, { type: 'ClusterIP' }) }),
    denied: [/is in no pool/],
  },
  {
    name: 'a Service that turns away from LoadBalancer is allowed',
    request: requestOf('UPDATE', { object: wrong({}, { type: 'ClusterIP' }), oldObject: service('web') }),
  },
  {
    name: 'a Service on its way out is never in the way',
    request: requestOf('UPDATE', {
      object: wrong({ deletionTimestamp: '2026-01-01T00:00:00Z' }),
      oldObject: service('web'),
    }),
  },
  { name: 'a delete is never denied', request: requestOf('DELETE', { oldObject: wrong() }) },
  {
    name: 'SERVICE_PROBLEMS=warn turns denials into warnings',
    request: requestOf('CREATE', { object: wrong() }),
    world: world({ pools: [POOL], settings: { onServiceProblems: 'warn' } }),
    warned: [/10\.9\.9\.9 is in no pool/],
  },
  {
    name: 'SERVICE_PROBLEMS=warn does not soften pool configuration',
    request: requestOf('CREATE', { object: pool('b', ['10.0.0.0/33']) }),
    world: world({ settings: { onServiceProblems: 'warn' } }),
    denied: [/neither a CIDR nor a first-last range/],
  },
  {
    name: 'a dry run is judged like the real thing',
    request: requestOf('CREATE', { object: wrong() }, { dryRun: true }),
    denied: [/is in no pool/],
  },
  {
    name: 'a ConfigMap of another name is left alone',
    request: requestOf('CREATE', { object: configMap('broken: [', { name: 'other' }) }),
  },
  {
    name: 'a ConfigMap of another namespace is left alone',
    request: requestOf('CREATE', { object: configMap('broken: [', { namespace: 'other' }) }),
  },
  {
    name: 'a pool of another namespace is denied',
    request: requestOf('CREATE', { object: pool('a', ['10.0.0.0/33'], { namespace: 'other' }) }),
    denied: [/^metadata\.namespace: "other" is not read, wanted "metallb-system"$/],
  },
  { name: 'deleting a pool is allowed', request: requestOf('DELETE', { oldObject: POOL }) },
  {
    name: 'deleting the ConfigMap is allowed, even without a name in the request',
    request: requestOf(
      'DELETE',
      { oldObject: configMap('address-pools: []') },
      { name: undefined, namespace: NAMESPACE },
    ),
  },
];

describe('review', () => {
  for (const { name, request, world: given = POOLED, denied = [], warned = [] } of cases) {
    test(name, () => {
      const { problems, warnings } = review(request, given);
      assertLines(problems.map(formatProblem), denied);
      assertLines(warnings.map(formatProblem), warned);
    });
  }

  test('gives the same verdict again: a review leaves nothing behind', () => {
    const request = requestOf('CREATE', { object: service('web', { spec: { loadBalancerIP: '10.0.0.7' } }) });
    assert.deepEqual(review(request, POOLED), review(request, POOLED));
  });
});

function assertLines(lines: string[], patterns: RegExp[]): void {
  assert.equal(lines.length, patterns.length, lines.join('\n'));
  for (const [i, pattern] of patterns.entries()) assert.match(lines[i] ?? '', pattern);
}
