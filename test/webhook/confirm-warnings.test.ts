// Live confirmation of warnings: nothing is called missing that a cache has not shown yet.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatProblem } from '#core/problem.ts';
import type { ReviewWorld } from '#core/rules/review.ts';
import type { ReviewRequest } from '#core/rules/review-request.ts';
import type { Verdict } from '#core/rules/verdict.ts';
import { advertisement, pool, requestOf, service, world } from './builders.ts';
import { AWAY, judge, readerOf } from './confirming.ts';

const POOL = pool('a', ['10.0.0.0/24']);
const HOLDER = service('holder', { spec: { loadBalancerIP: '10.0.0.9' }, held: '10.0.0.9' });
const NAMES_A = advertisement('x', { ipAddressPools: ['a'] });
const hasty: [string, ReviewRequest, ReviewWorld, ReviewWorld][] = [
  [
    'an advertisement that is new',
    requestOf('CREATE', { object: POOL }),
    world({ advertisements: [] }),
    world({ advertisements: [advertisement('all')] }),
  ],
  ['a pool it names', requestOf('CREATE', { object: NAMES_A }), world(), world({ pools: [POOL] })],
  ['the first pool', requestOf('CREATE', { object: service('web') }), world(), world({ pools: [POOL] })],
  [
    'an advertisement in the place of another',
    requestOf('DELETE', { oldObject: NAMES_A }),
    world({ pools: [POOL], services: [HOLDER], advertisements: [NAMES_A] }),
    world({ pools: [POOL], services: [HOLDER], advertisements: [NAMES_A, advertisement('all')] }),
  ],
];
const warned = ({ warnings }: Verdict) => warnings.map(formatProblem);
for (const [what, request, cached, live] of hasty) {
  test(`a cache that is behind about ${what} warns of nothing`, async () => {
    const [line = '', ...rest] = warned(await judge(request, { cached, reader: readerOf(cached) }));
    assert.deepEqual(rest, []);
    assert.deepEqual(warned(await judge(request, { cached, reader: readerOf(live) })), []);
    // With nobody to ask it may still be true.
    assert.deepEqual(warned(await judge(request, { cached, reader: AWAY })), [line]);
  });
}

test('what was read again is told in the order of the cache', async () => {
  const services = [service('z', { held: '10.1.0.1' }), HOLDER];
  const cached = world({ pools: [POOL, pool('b', ['10.1.0.0/24'])], services });
  const request = requestOf('DELETE', { oldObject: advertisement('all') });
  const lines = warned(await judge(request, { cached, reader: readerOf(cached) }));
  assert.deepEqual(
    lines.map((line) => /pool "(.)"/.exec(line)?.[1]),
    ['b', 'a'],
  );
});
