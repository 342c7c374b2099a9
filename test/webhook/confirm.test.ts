// Live confirmation: a denial never rests on a cache that is behind, nor on an API server that is away.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatProblem } from '#core/problem.ts';
import type { ReviewWorld } from '#core/rules/review.ts';
import type { ReviewRequest } from '#core/rules/review-request.ts';
import type { Verdict } from '#core/rules/verdict.ts';
import { Claims, IN_FLIGHT_MS } from '#webhook/claims.ts';
import { type LiveReader, reviewConfirmed } from '#webhook/confirm.ts';
import { advertisement, NAMESPACE, pool, requestOf, service, world } from './builders.ts';
import { AWAY, judge, readerOf } from './confirming.ts';

const POOL = pool('a', ['10.0.0.0/24']);
const asks = { spec: { loadBalancerIP: '10.0.0.9' } };
const HOLDER = service('holder', { ...asks, held: '10.0.0.9' });
const CREATE = requestOf('CREATE', { object: service('web', asks) });
const HELD = world({ pools: [POOL], services: [HOLDER] });

const lines = ({ problems }: Verdict) => problems.map(formatProblem);

describe('reviewConfirmed', () => {
  const stale: [string, ReviewRequest, ReviewWorld, ReviewWorld][] = [
    ['a holder that is gone', CREATE, HELD, world({ pools: [POOL] })],
    [
      'a holder that moved',
      CREATE,
      HELD,
      world({ pools: [POOL], services: [service('holder', { held: '10.0.0.8' })] }),
    ],
    ['a pool that is new', CREATE, world({ pools: [pool('b', ['10.1.0.0/24'])] }), world({ pools: [POOL] })],
    [
      'a namespace that is new',
      CREATE,
      world({ pools: [closedTo('team')] }),
      world({ pools: [closedTo('team')], namespaces: { default: { team: 'x' } } }),
    ],
    [
      'an overlapping pool that is gone',
      requestOf('CREATE', { object: pool('b', ['10.0.0.0/25']) }),
      world({ pools: [POOL] }),
      world(),
    ],
  ];
  for (const [what, request, cached, live] of stale) {
    test(`a cache that is behind about ${what} denies nothing`, async () => {
      assert.deepEqual(lines(await judge(request, { cached, reader: readerOf(cached) })).length, 1);
      assert.deepEqual(lines(await judge(request, { cached, reader: readerOf(live) })), []);
    });
  }

  const DELETE = requestOf('DELETE', { oldObject: POOL });

  test('a pool may go when the Services it served are gone, though the cache still shows them', async () => {
    const given = { cached: HELD, reader: readerOf(world({ pools: [POOL] })) };
    assert.equal((await judge(DELETE, given)).refusal, undefined);
  });

  test('a pool may go with its namespace, though the cache does not know that it goes', async () => {
    const live = world({ pools: [POOL], services: [HOLDER], isTerminating: true });
    assert.equal((await judge(DELETE, { cached: HELD, reader: readerOf(live) })).refusal, undefined);
  });

  test('a pool in use stays, unless the API server cannot be asked', async () => {
    assert.equal((await judge(DELETE, { cached: HELD, reader: readerOf(HELD) })).refusal?.code, 409);
    const { refusal, warnings } = await judge(DELETE, { cached: HELD, reader: AWAY });
    assert.equal(refusal, undefined);
    assert.match(warnings.map(formatProblem).join(), /^metadata\.name: allowed, though .*pool "a" still serves/);
  });

  test('a holder that took the place of the one in the cache is found and named', async () => {
    const second = service('second', { ...asks, held: '10.0.0.9' });
    const cached = world({ pools: [POOL], services: [HOLDER, second] });
    const live = world({ pools: [POOL], services: [second] });
    const [line = ''] = lines(await judge(CREATE, { cached, reader: readerOf(live) }));
    assert.match(line, /already used by default\/second/);
  });

  test('reads nothing for what stands in the object alone', async () => {
    const reads: string[] = [];
    const request = requestOf('CREATE', { object: service('web', { spec: { loadBalancerIP: 'x' } }) });
    await judge(request, { cached: HELD, reader: readerOf(HELD, reads) });
    await judge(requestOf('CREATE', { object: pool('b', ['x']) }), { cached: HELD, reader: readerOf(HELD, reads) });
    assert.deepEqual(reads, []);
  });

  test('reads every object once', async () => {
    const reads: string[] = [];
    await judge(CREATE, { cached: HELD, reader: readerOf(HELD, reads) });
    assert.deepEqual(reads, ['default/holder']);
  });

  test('an API server that is away turns what rests on others into warnings, and only that', async () => {
    const failures: unknown[] = [];
    const annotations = { 'metallb.io/address-pool': 'b' };
    const request = requestOf('CREATE', { object: service('web', { ...asks, metadata: { annotations } }) });
    const verdict = await judge(request, { cached: HELD, reader: AWAY, failures });
    assert.deepEqual(lines(verdict), []);
    assert.match(verdict.warnings.map(formatProblem).join('\n'), /could not be asked to confirm it: .*default\/holder/);
    assert.equal(failures.length, 1);
    const bad = requestOf('CREATE', { object: pool('b', ['10.0.0.0/25', 'x']) });
    assert.deepEqual(lines(await judge(bad, { cached: HELD, reader: AWAY })), [
      'spec.addresses[1]: "x" is neither a CIDR nor a first-last range',
    ]);
  });

  test('a world that changes faster than it can be read is said to do so', async () => {
    let turn = 0;
    const holder = () => service(`holder${turn}`, { ...asks, held: '10.0.0.9' });
    const reader: LiveReader = {
      ...readerOf(world({ pools: [POOL] })),
      service(key) {
        turn += 1;
        const { services } = world({ services: [service(key.split('/')[1] ?? '')] });
        return Promise.resolve(services[0]);
      },
    };
    const failures: unknown[] = [];
    const verdict = await reviewConfirmed(CREATE, () => world({ pools: [POOL], services: [holder()] }), {
      openReader: () => reader,
      claims: new Claims(),
      now: () => 0,
      onFailure: (error) => failures.push(error),
    });
    assert.deepEqual([lines(verdict), failures], [[], []]);
    const said = verdict.warnings.map(formatProblem).join('\n');
    assert.match(said, /allowed, though the cluster changed too fast to confirm it: .*default\/holder5/);
  });

  test('of two clashing Services under review at once one is admitted', async () => {
    const claims = new Claims();
    const cached = world({ pools: [POOL] });
    const given = { cached, reader: readerOf(cached), claims };
    const names = Array.from({ length: 20 }, (_, i) => `web${i}`);
    const verdicts = await Promise.all(
      names.map((name) => judge(requestOf('CREATE', { object: service(name, asks) }), given)),
    );
    assert.equal(verdicts.filter((verdict) => lines(verdict).length === 0).length, 1);
  });

  test('a claim whose write failed stands in the way for a second', async () => {
    const claims = new Claims();
    const cached = world({ pools: [POOL] });
    const given = { cached, reader: readerOf(cached), claims };
    const next = requestOf('CREATE', { object: service('next', asks) });
    await judge(CREATE, given);
    assert.equal(lines(await judge(next, { ...given, now: IN_FLIGHT_MS - 1 })).length, 1);
    assert.equal(lines(await judge(next, { ...given, now: IN_FLIGHT_MS })).length, 0);
  });

  test('a dry run sees claims and makes none', async () => {
    const claims = new Claims();
    const cached = world({ pools: [POOL] });
    const given = { cached, reader: readerOf(cached), claims };
    await judge(requestOf('CREATE', { object: service('web', asks) }, { dryRun: true }), given);
    assert.equal(claims.count(0), 0);
    await judge(CREATE, given);
    const second = requestOf('CREATE', { object: service('second', asks) }, { dryRun: true });
    assert.equal(lines(await judge(second, given)).length, 1);
  });

  test('a Service that was refused claims nothing', async () => {
    const claims = new Claims();
    await judge(CREATE, { cached: HELD, reader: readerOf(HELD), claims });
    assert.equal(claims.count(0), 0);
  });

  test('advertisements are left as they are', async () => {
    const request = requestOf('CREATE', { object: advertisement('x', { ipAddressPools: ['a', 'a'] }) });
    assert.equal(lines(await judge(request, { cached: HELD, reader: AWAY })).length, 1);
  });
});

function closedTo(label: string) {
  const spec = {
    addresses: ['10.0.0.0/24'],
    serviceAllocation: { namespaceSelectors: [{ matchLabels: { [label]: 'x' } }] },
  };
  return { kind: 'IPAddressPool', metadata: { name: 'a', namespace: NAMESPACE }, spec };
}
