// Whatever happens to nodes and network, speakers with sticky owners agree soon after it ends, and healthy owners stay.
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { DEATH_ROUNDS, StickyCluster } from '#test/speaker/sticky-cluster.ts';

const NODES = ['a', 'b', 'c', 'd'];
const ADDRESSES = Array.from({ length: 12 }, (_, i) => `10.0.0.${i}`);
/** Death, the settling of a starting speaker, and two turns of what is held. */
const QUIET_ROUNDS = 4 + 12 + 4;

const node = fc.constantFrom(...NODES);
const crash = fc.oneof(
  fc.record({ kind: fc.constant('kill' as const), node }),
  fc.record({ kind: fc.constant('start' as const), node }),
);
const split = fc.oneof(
  fc.record({ kind: fc.constant('side' as const), node, side: fc.nat({ max: 2 }) }),
  fc.record({ kind: fc.constant('heal' as const) }),
);
const loss = fc.record({
  kind: fc.constant('loss' as const),
  lost: fc.array(fc.boolean(), { minLength: 1, maxLength: 13 }),
});
const pause = fc.record({ kind: fc.constant('rounds' as const), count: fc.integer({ min: 1, max: 120 }) });

type Step =
  | { kind: 'kill'; node: string }
  | { kind: 'start'; node: string }
  | { kind: 'side'; node: string; side: number }
  | { kind: 'heal' }
  | { kind: 'loss'; lost: boolean[] }
  | { kind: 'rounds'; count: number };

function play(cluster: StickyCluster, step: Step): void {
  if (step.kind === 'kill') cluster.kill(step.node);
  else if (step.kind === 'start') cluster.start(step.node);
  else if (step.kind === 'side') cluster.setSide(step.node, step.side);
  else if (step.kind === 'heal') cluster.heal();
  else if (step.kind === 'loss') {
    let i = 0;
    cluster.turn(() => step.lost[i++ % step.lost.length] ?? false);
  } else rest(cluster, step.count);
}

function rest(cluster: StickyCluster, rounds = QUIET_ROUNDS): void {
  for (let i = 0; i < rounds; i++) cluster.turn();
}

/** The most rounds in a row that an address was without an owner. */
function restAndWatch(cluster: StickyCluster): number {
  const counts = ADDRESSES.map(() => ({ now: 0, most: 0 }));
  for (let i = 0; i < QUIET_ROUNDS; i++) {
    cluster.turn();
    for (const [at, count] of counts.entries()) {
      count.now = cluster.ownersOf(ADDRESSES[at] ?? '').length === 0 ? count.now + 1 : 0;
      count.most = Math.max(count.most, count.now);
    }
  }
  return Math.max(...counts.map(({ most }) => most));
}

const ownership = (cluster: StickyCluster) => ADDRESSES.map((address) => cluster.ownersOf(address).join());

test('after any history each address has exactly one owner, at rest', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(crash, split, loss, pause), { maxLength: 25 }), (steps) => {
      const cluster = new StickyCluster(NODES, ADDRESSES);
      for (const step of steps) play(cluster, step);
      cluster.heal();
      cluster.start('a');
      rest(cluster);
      const owners = ownership(cluster);
      for (const owner of owners) assert.ok(cluster.isRunning(owner), `owned by "${owner}"`);
      // What was weak is weak no longer, and nothing moves for it.
      rest(cluster, 110);
      assert.deepEqual(ownership(cluster), owners);
    }),
    { numRuns: 60 },
  );
});

test('while nodes only die and return, no address leaves a living owner, or waits longer than a death takes', () => {
  const steps = fc.array(fc.oneof(crash, pause), { maxLength: 25 });
  fc.assert(
    fc.property(steps, (history) => {
      const cluster = new StickyCluster(NODES, ADDRESSES);
      rest(cluster);
      for (const step of history) {
        // 'd' never dies, so that no address is ever without memory.
        if (step.kind === 'kill' && step.node === 'd') continue;
        const before = ownership(cluster);
        play(cluster, step);
        const ownerless = restAndWatch(cluster);
        assert.ok(ownerless <= DEATH_ROUNDS, `${ownerless} rounds without an owner`);
        for (const [i, owner] of ownership(cluster).entries()) {
          const was = before[i] ?? '';
          if (cluster.isRunning(was)) assert.equal(owner, was);
        }
      }
    }),
    { numRuns: 60 },
  );
});

test('a node that was cut off and took everything returns with nothing', () => {
  const cluster = new StickyCluster(NODES, ADDRESSES);
  rest(cluster);
  const before = ownership(cluster);
  const [lost = ''] = before;
  cluster.setSide(lost, 1);
  // Longer than any memory of it.
  rest(cluster, 150);
  assert.ok(ADDRESSES.every((address) => cluster.ownersOf(address).includes(lost)));
  const others = ADDRESSES.map((address) => cluster.ownersOf(address).find((owner) => owner !== lost));
  cluster.heal();
  for (let i = 0; i < 3; i++) cluster.turn();
  assert.deepEqual(
    ownership(cluster),
    others.map((owner) => owner ?? ''),
  );
  assert.equal(ownership(cluster).includes(lost), false);
});
