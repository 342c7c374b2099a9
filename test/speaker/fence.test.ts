// Which side of a partition announces.
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { hasMajority } from '#speaker/fence.ts';

type Case = { pods: string[]; live: string[]; left?: string[]; self?: string };
const judge = ({ pods, live, left = [], self = 'b' }: Case) => hasMajority({ self, pods, live, left: new Set(left) });

const cases: [string, Case, boolean][] = [
  ['all of three', { pods: ['a', 'b', 'c'], live: ['a', 'c'] }, true],
  ['two of three', { pods: ['a', 'b', 'c'], live: ['c'] }, true],
  ['one of three', { pods: ['a', 'b', 'c'], live: [] }, false],
  ['a node alone in its cluster', { pods: ['b'], live: [] }, true],
  ['a node whose own Pod is not known yet', { pods: [], live: [] }, true],
  ['the half with the first name', { pods: ['a', 'b', 'c', 'd'], live: ['a'] }, true],
  ['the half without it', { pods: ['a', 'b', 'c', 'd'], live: ['c'] }, false],
  ['the second of two', { pods: ['a', 'b'], live: [] }, false],
  ['the second of two after the first left in order', { pods: ['a', 'b'], live: [], left: ['a'] }, true],
  ['a speaker that is heard before its Pod is known', { pods: ['a', 'b', 'c'], live: ['d'] }, false],
  ['one that left and is heard again counts', { pods: ['a', 'b', 'c'], live: ['c'], left: ['c'] }, true],
];
for (const [name, sides, expected] of cases) test(`${name}: ${expected}`, () => assert.equal(judge(sides), expected));

test('however a cluster falls apart, at most one side has the majority, and one has it where a side holds half', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  const arbitrary = fc.record({
    pods: fc.subarray(names, { minLength: 1 }),
    cut: fc.array(fc.nat({ max: 2 }), { minLength: 7, maxLength: 7 }),
  });
  fc.assert(
    fc.property(arbitrary, ({ pods, cut }) => {
      const sides = [0, 1, 2].map((side) => pods.filter((_, i) => cut[i] === side)).filter((side) => side.length > 0);
      const winners = sides.filter((live) => live.every((self) => judge({ self, pods, live })));
      const losers = sides.filter((live) => live.every((self) => !judge({ self, pods, live })));
      assert.equal(winners.length + losers.length, sides.length);
      assert.ok(winners.length <= 1);
      const isHeld = sides.some((side) => side.length * 2 > pods.length);
      const isHalved = sides.length === 2 && sides[0]?.length === sides[1]?.length;
      if (isHeld || isHalved) assert.equal(winners.length, 1);
    }),
  );
});
