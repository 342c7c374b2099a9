// What is remembered of ranks makes elections fast and never changes them.
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { Ranks, rankOf } from '#speaker/ranks.ts';

const nodes = (...names: string[]) => names.map((node) => ({ node, score: 0 }));

/** By the whole ranks. */
function lowest(names: readonly string[], ip: string): string | undefined {
  return [...names].sort((a, b) => (rankOf(a, ip) < rankOf(b, ip) ? -1 : 1))[0];
}

const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,3}$/), { maxLength: 20 });
const ip = fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.0.3', 'fd00::1');

for (const [what, most] of [
  ['', undefined],
  [', also when all is forgotten again and again', 10],
] as const) {
  test(`one election after the other has the winner that the whole ranks say${what}`, () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(names, ip), { minLength: 1, maxLength: 10 }), (elections) => {
        const ranks = new Ranks(most);
        for (const [all, address] of elections) {
          assert.equal(ranks.first(nodes(...all), address)?.node, lowest(all, address));
        }
      }),
    );
  });
}

test('ranks that begin alike are compared to their end', () => {
  const ranks = new Ranks(undefined, (node) => `abcd${node}`);
  assert.equal(ranks.first(nodes('3', '1', '2'), '10.0.0.1')?.node, '1');
  assert.equal(ranks.first(nodes('2', '3'), '10.0.0.1')?.node, '2');
});

test('after a death nothing is hashed again, and for a new node one rank for each address', () => {
  let hashed = 0;
  const ranks = new Ranks(undefined, (node, address) => {
    hashed++;
    return rankOf(node, address);
  });
  const all = Array.from({ length: 30 }, (_, i) => `n${i}`);
  const addresses = Array.from({ length: 100 }, (_, i) => `10.0.0.${i}`);
  const elect = (candidates: readonly string[]) => {
    hashed = 0;
    for (const address of addresses) ranks.first(nodes(...candidates), address);
    return hashed;
  };
  // Two more for each pair that begins alike.
  const isAbout = (count: number, expected: number) => count >= expected && count <= expected + 20;
  assert.ok(isAbout(elect(all), 3_000));
  assert.ok(isAbout(elect(all.slice(1)), 0));
  assert.ok(isAbout(elect([...all, 'newcomer']), 100));
});

test('room is taken for as many as was said and one address more, however many nodes and addresses come and go', () => {
  const ranks = new Ranks(1_000);
  let most = 0;
  for (let i = 0; i < 5_000; i++) {
    ranks.first(nodes(`n${i}`, `n${i + 1}`, `n${i + 2}`), `10.0.${i >> 8}.${i & 255}`);
    most = Math.max(most, ranks.size);
  }
  assert.ok(most > 1_000 && most < 1_250, String(most));
});
