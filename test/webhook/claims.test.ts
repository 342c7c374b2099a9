// Claims: how long an admitted Service keeps others off the addresses it is about to hold.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatIp, parseIp } from '#core/ip.ts';
import type { Service } from '#core/service.ts';
import { type ServiceShape, service } from '#test/core/builders.ts';
import { CLAIM_LIFE_MS, Claims, IN_FLIGHT_MS } from '#webhook/claims.ts';

const T0 = 1_000_000;
const IP = '10.0.0.9';
const refused = (message: string) => [
  { type: 'arpeggio.dev/Allocated', status: 'False', reason: 'AddressInUse', message },
];

/** As it stands in the API server; `claimed` as a review allows it. */
function stored(shape: ServiceShape = {}, key = 'web'): Service {
  return service(key, { ...shape, spec: { loadBalancerIP: IP, ...shape.spec } });
}

function claimed(shape: ServiceShape = {}): Service {
  const ip = parseIp(IP);
  return { ...stored(shape), held: ip ? [ip] : [] };
}

function placed(known?: Service, shape: ServiceShape = {}): Claims {
  const claims = new Claims();
  claims.place(claimed(shape), known, T0);
  return claims;
}

describe('a claim', () => {
  test('makes the Service a holder before any cache shows it', () => {
    const [holder] = placed().over([], T0);
    assert.deepEqual([holder?.key, holder?.held.map(formatIp)], ['default/web', [IP]]);
  });

  test('lasts five seconds', () => {
    assert.equal(placed().count(T0 + CLAIM_LIFE_MS - 1), 1);
    assert.equal(placed().count(T0 + CLAIM_LIFE_MS), 0);
  });

  type End = { what: string; known?: Service; claim?: ServiceShape; seen?: Service; left: number };
  const ends: End[] = [
    { what: 'stays while the cache does not know the Service', left: 1 },
    { what: 'stays while the Service waits for its address', seen: stored(), left: 1 },
    { what: 'ends when the Service holds its address', seen: stored({ held: [IP] }), left: 0 },
    { what: 'stays while the Service holds another address', seen: stored({ held: ['10.0.0.8'] }), left: 1 },
    { what: 'ends when the controller refuses', seen: stored({ conditions: refused('is taken') }), left: 0 },
    {
      what: 'stays when the refusal is the one that stood before',
      known: stored({ conditions: refused('is taken'), spec: { loadBalancerIP: '10.0.0.8' } }),
      seen: stored({ conditions: refused('is taken') }),
      left: 1,
    },
    {
      what: 'stays while the cache has the ports of before',
      known: stored({ held: [IP] }),
      claim: { ports: ['TCP/443'] },
      seen: stored({ held: [IP] }),
      left: 1,
    },
    {
      what: 'stays while the cache has an older Service of that name',
      seen: { ...stored({ held: [IP] }), uid: 'old' },
      left: 1,
    },
  ];
  for (const { what, known, claim, seen, left } of ends) {
    test(what, () => {
      const claims = placed(known, claim);
      claims.observe('default/web', seen, T0 + 1);
      assert.equal(claims.count(T0 + 1), left);
    });
  }

  test('is not made where the cache shows it all already', () => {
    assert.equal(placed(stored({ held: [IP] })).count(T0), 0);
  });

  test('ends when the Service was seen and is gone', () => {
    const claims = placed();
    claims.observeAll(() => stored(), T0 + 1);
    claims.observeAll(() => undefined, T0 + 2);
    assert.equal(claims.count(T0 + 2), 0);
  });

  test('ends when the Service was seen and then changed its mind', () => {
    const claims = placed();
    claims.observe('default/web', stored(), T0 + 1);
    claims.observe('default/web', service('web'), T0 + 2);
    assert.equal(claims.count(T0 + 2), 0);
  });

  test('stands in for the object until the cache shows it, also when a live read has seen it', () => {
    const old = stored({ held: [IP] });
    const claims = placed(undefined);
    claims.confirm('default/web', stored({ held: [IP] }), T0 + 10);
    claims.observe('default/web', { ...old, uid: 'the one before' }, T0 + 20);
    assert.equal(claims.count(T0 + 30), 1);
    claims.observe('default/web', stored({ held: [IP] }), T0 + 40);
    assert.equal(claims.count(T0 + 50), 0);
  });

  test('outlives a live read that finds nothing while the write may be under way, not later', () => {
    const claims = placed();
    claims.confirm('default/web', undefined, T0 + IN_FLIGHT_MS - 1);
    assert.equal(claims.count(T0), 1);
    claims.confirm('default/web', undefined, T0 + IN_FLIGHT_MS);
    assert.equal(claims.count(T0), 0);
  });

  test('ends at once when a live read finds nothing of a Service that was seen', () => {
    const claims = placed();
    claims.observe('default/web', stored(), T0 + 1);
    claims.confirm('default/web', undefined, T0 + 2);
    assert.equal(claims.count(T0 + 2), 0);
  });

  test('of a Service that changes its ports guards the old and the new ones', () => {
    const before = stored({ held: [IP], ports: ['TCP/80'] });
    const [holder] = placed(before, { ports: ['TCP/443'] }).over([before], T0);
    assert.deepEqual(
      holder?.ports.map(({ port }) => port),
      [443, 80],
    );
  });

  test('leaves the other Services as they are', () => {
    const other = service('other', { held: ['10.0.0.1'] });
    assert.deepEqual(
      placed()
        .over([other], T0)
        .map(({ key }) => key),
      ['default/other', 'default/web'],
    );
    assert.deepEqual(placed().over([other], T0 + CLAIM_LIFE_MS), [other]);
  });
});
