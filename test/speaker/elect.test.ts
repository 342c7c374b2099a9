// The election: MetalLB's order, vectors recomputed from its rule.
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { electOwner } from '#speaker/elect.ts';
import { rankOf } from '#speaker/ranks.ts';

const nodes = (...names: string[]) => names.map((node) => ({ node, score: 0 }));

const vectors: [string[], string, string][] = [
  [['iris1', 'iris2'], '10.20.30.1', 'iris2'],
  [['iris1', 'iris2'], '10.20.30.2', 'iris1'],
  [['iris1', 'iris2'], '10.20.30.3', 'iris1'],
  [['edge-a', 'edge-b'], '10.20.30.1', 'edge-b'],
  [['worker-a', 'worker-b'], '10.20.30.1', 'worker-a'],
  [['node-a', 'node-b', 'node-c'], '10.0.0.1', 'node-b'],
  [['node-a', 'node-c'], '10.0.0.1', 'node-a'],
  [['node-a', 'node-b', 'node-c'], '10.0.0.2', 'node-b'],
  [['node-a', 'node-c'], '10.0.0.2', 'node-c'],
  [['node-a', 'node-b', 'node-c'], '2001:db8::1', 'node-b'],
];
for (const [candidates, ip, owner] of vectors) {
  test(`${owner} owns ${ip} among ${candidates.join(', ')}`, () =>
    assert.equal(electOwner(nodes(...candidates), ip), owner));
}

test('255 addresses on two nodes split 134 to 121', () => {
  const owners = Array.from({ length: 255 }, (_, i) => electOwner(nodes('iris1', 'iris2'), `10.20.30.${i + 1}`));
  const ofFirst = owners.filter((owner) => owner === 'iris1').length;
  assert.deepEqual([ofFirst, 255 - ofFirst].sort(), [121, 134]);
});

test('a higher score goes before any hash', () => {
  const candidates = [...nodes('iris2'), { node: 'iris1', score: 5 }];
  assert.equal(electOwner(candidates, '10.20.30.1'), 'iris1');
});

test('nobody owns without candidates', () => assert.equal(electOwner([], '10.0.0.1'), undefined));

test('the order of candidates does not matter, and a loser that leaves moves nothing', () => {
  const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,6}$/), { minLength: 2, maxLength: 8 });
  fc.assert(
    fc.property(names, fc.ipV4(), (all, ip) => {
      const owner = electOwner(nodes(...all), ip);
      assert.equal(electOwner(nodes(...all.toReversed()), ip), owner);
      const loser = all.find((name) => name !== owner);
      assert.equal(electOwner(nodes(...all.filter((name) => name !== loser)), ip), owner);
    }),
  );
});

test('a rank is the SHA-256 of node, "#" and address', () => {
  assert.equal(rankOf('node-a', '10.0.0.1'), 'dd41591fe8f31f9f38e297fe9892a8eff47892ea017c4167619a62f366fb8149');
});
