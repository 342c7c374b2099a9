// Who watches whom in large clusters.
import assert from 'node:assert/strict';
import test from 'node:test';
import { placeOf, Ring } from '#speaker/heartbeat/ring.ts';

const NAMES = Array.from({ length: 100 }, (_, i) => `n${i}`);
const others = (own: string) => NAMES.filter((name) => name !== own);
const all = () => true;

test('the place of a node is the first 64 bits of the SHA-256 of its name', () => {
  // printf node1 | sha256sum
  assert.equal(placeOf('node1'), 0xca12f31b8cbf5f29n);
});

test('all nodes see the same order, whatever order they were told', () => {
  const [first, ...rest] = NAMES.map((name) => new Ring(name, others(name).reverse()).names.join());
  for (const order of rest) assert.equal(order, first);
});

test('who comes next after a node has that node before it', () => {
  for (const name of NAMES) {
    for (const next of new Ring(name, others(name)).near(name, { most: 6, fits: all })) {
      const watched = new Ring(next, others(next)).near(next, { most: 6, fits: all, step: -1 });
      assert.ok(watched.includes(name), `${next} after ${name}`);
    }
  }
});

test('those that do not fit are passed over', () => {
  const ring = new Ring('n0', others('n0'));
  const [first, ...rest] = ring.near('n0', { most: 7, fits: all });
  assert.deepEqual(ring.near('n0', { most: 6, fits: (name) => name !== first }), rest);
});

test('what is passed on along the fingers reaches all nodes within seven steps, also when half of them are gone', () => {
  for (const isLeft of [all, (name: string) => Number(name.slice(1)) % 2 === 0]) {
    const nodes = NAMES.filter(isLeft);
    let reached = new Set(['n0']);
    for (let step = 0; step < 7; step++) {
      const next = Array.from(reached, (name) => new Ring(name, others(name)).fingers(isLeft));
      reached = new Set([...reached, ...next.flat()]);
    }
    assert.equal(reached.size, nodes.length);
  }
});

test('turns go round all others and never to ourselves', () => {
  const ring = new Ring('n7', others('n7'));
  const round = Array.from({ length: 99 }, (_, turn) => ring.at(turn + 1_000));
  assert.deepEqual(round.toSorted(), others('n7').toSorted());
});
