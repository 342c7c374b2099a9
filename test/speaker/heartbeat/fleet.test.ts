// Clusters too large for all to hear all, on virtual time.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Ring } from '#speaker/heartbeat/ring.ts';
import { ownerProblems } from '#test/speaker/heartbeat/owners.ts';
import { Simulator } from '#test/speaker/heartbeat/simulator.ts';
import { addStalls } from '#test/speaker/heartbeat/stalls.ts';

const NODES = 66;
const SETTLED = 1_000;
const others = (simulator: Simulator, ...names: string[]) => simulator.names.filter((one) => !names.includes(one));

function settled(seed: number, nodes = NODES, sticky = false): Simulator {
  const simulator = new Simulator({ nodes, seed, loss: 0.01, startMs: 200, sticky });
  simulator.run(SETTLED);
  assertAllSee(simulator, simulator.names);
  return simulator;
}

function assertAllSee(simulator: Simulator, side: readonly string[]): void {
  for (const name of side) {
    assert.deepEqual(simulator.live(name), side.filter((one) => one !== name).sort(), `what ${name} sees`);
  }
  assert.deepEqual(ownerProblems(simulator, side, 8), []);
}

test('a death, a second life, a leave and a change of readiness reach all nodes at once', () => {
  const simulator = settled(1);
  simulator.kill('n7');
  simulator.run(simulator.now + 260);
  assertAllSee(simulator, others(simulator, 'n7'));
  simulator.restart('n7');
  simulator.run(simulator.now + 400);
  assertAllSee(simulator, simulator.names);
  simulator.leave('n8');
  simulator.run(simulator.now + 60);
  assertAllSee(simulator, others(simulator, 'n8'));
  simulator.tell('n9', { kind: 'ready', ready: false });
  simulator.run(simulator.now + 60);
  for (const name of others(simulator, 'n8', 'n9')) {
    assert.equal(simulator.watch(name).liveness.peers.of('n9')?.ready, false);
  }
  assert.ok(simulator.busiest() <= 1_000);
});

const standing = { draining: true, uplink: 'works', prefixes: [{ cidr: '10.0.0.0/24', carrier: false }] } as const;
const views = (simulator: Simulator, of: string) =>
  others(simulator, of).map((name) =>
    simulator
      .watch(name)
      .liveness.view()
      .find(({ node }) => node === of),
  );

test('what speaks against a node, and what it holds, reaches all nodes at once, and who starts later', () => {
  const simulator = settled(7, NODES, true);
  const marks = Array.from({ length: 61 }, (_, i) => i * 1_000);
  for (const name of others(simulator, 'n9')) simulator.tell(name, { kind: 'holdings', marks: [7, 8], weak: true });
  simulator.tell('n9', { kind: 'standing', standing });
  simulator.run(simulator.now + 60);
  for (const view of views(simulator, 'n9')) assert.deepEqual(view?.standing, standing);
  simulator.tell('n9', { kind: 'holdings', marks, weak: false });
  simulator.run(simulator.now + 250);
  for (const view of views(simulator, 'n9')) assert.deepEqual(view?.holdings, { marks, weak: false, isComplete: true });
  simulator.restart('n7');
  simulator.run(simulator.now + 500);
  assert.ok(simulator.watch('n7').isInformed);
  for (const name of others(simulator, 'n7')) {
    const view = simulator
      .watch('n7')
      .liveness.view()
      .find(({ node }) => node === name);
    assert.equal(view?.holdings?.isComplete, true, name);
    assert.deepEqual(view.standing, name === 'n9' ? standing : undefined);
  }
  assert.deepEqual(simulator.deaths(), []);
  assert.ok(simulator.busiest() <= 1_000, `${simulator.busiest()} packets/s`);
});

test('a change in more than fits one message reaches all at once, and the rest comes with later beats', () => {
  const simulator = settled(8, NODES, true);
  const marks = Array.from({ length: 150 }, (_, i) => i * 1_000);
  simulator.tell('n9', { kind: 'holdings', marks, weak: false });
  simulator.run(simulator.now + 600);
  for (const view of views(simulator, 'n9')) assert.deepEqual(view?.holdings?.marks, marks);
  const changed = [...marks, 149_001];
  simulator.tell('n9', { kind: 'holdings', marks: changed, weak: false });
  simulator.run(simulator.now + 100);
  for (const view of views(simulator, 'n9')) assert.deepEqual(view?.holdings?.marks, changed);
  simulator.restart('n7');
  simulator.run(simulator.now + 4_000);
  const view = simulator
    .watch('n7')
    .liveness.view()
    .find(({ node }) => node === 'n9');
  assert.deepEqual(view?.holdings, { marks: changed, weak: false, isComplete: true });
});

test('a node that restarts in place is missed by nobody', () => {
  const simulator = settled(2);
  simulator.leave('n7', 'pause');
  simulator.run(simulator.now + 2_000);
  simulator.restart('n7');
  simulator.run(simulator.now + 1_000);
  assert.deepEqual(simulator.seen, []);
  assertAllSee(simulator, simulator.names);
});

test('a node that stands still for a second is dead for all, and back for all soon after, and is told', () => {
  const simulator = settled(3);
  simulator.stall('n7', 1_000);
  simulator.run(simulator.now + 900);
  assert.ok(!others(simulator, 'n7').some((name) => simulator.live(name).includes('n7')));
  simulator.run(simulator.now + 200);
  assertAllSee(simulator, simulator.names);
  assert.deepEqual([...new Set(simulator.accused)], ['n7']);
});

test('ten neighbours on the ring that die together are missed, though all watchers of some are among them', () => {
  const simulator = settled(4);
  const ring = new Ring('n0', others(simulator, 'n0'));
  const gone = ['n0', ...ring.near('n0', { most: 9, fits: () => true })];
  for (const name of gone) simulator.kill(name);
  simulator.run(simulator.now + 1_500);
  assertAllSee(simulator, others(simulator, ...gone));
});

test('with loss and stalls nobody dies', () => {
  const simulator = settled(5);
  addStalls(simulator, { from: SETTLED, everyMs: 5_000 });
  simulator.run(3_500);
  assert.deepEqual(simulator.deaths(), []);
});

test('a cluster that grows beyond all-to-all and shrinks again loses nobody, though nodes learn of it at different times', () => {
  const simulator = settled(6, 64);
  const extra = Array.from({ length: 4 }, (_, i) => `m${i}`);
  for (const name of simulator.names) {
    const list = simulator.names.filter((one) => one !== name);
    const learnsAt = simulator.now + simulator.random() * 500;
    simulator.at(learnsAt, () => simulator.watch(name).setPeers([...list, ...extra], simulator.now));
    simulator.at(learnsAt + 2_000, () => simulator.watch(name).setPeers(list, simulator.now));
  }
  simulator.run(simulator.now + 1_900);
  assertAllSee(simulator, simulator.names);
  simulator.run(simulator.now + 1_600);
  assertAllSee(simulator, simulator.names);
  assert.deepEqual(simulator.deaths(), []);
});
