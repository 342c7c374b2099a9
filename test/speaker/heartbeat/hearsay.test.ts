// What is believed on the word of others, and what is not.
import assert from 'node:assert/strict';
import test from 'node:test';
import { encodeExtension } from '#speaker/heartbeat/extension.ts';
import type { Heartbeat } from '#speaker/heartbeat/message.ts';
import type { Ending, Life, News } from '#speaker/heartbeat/news.ts';
import { Watch } from '#speaker/heartbeat/watch.ts';

const OWN = 1n;
const NAMES = Array.from({ length: 70 }, (_, i) => `p${i}`);
const session = (name: string) => BigInt(100 + Number(name.slice(1)));
const RING = { incarnation: 0, watch: false };
let sequence = 0n;

function says(from: string, news: readonly News[], changes: Partial<Heartbeat> = {}): Heartbeat {
  sequence++;
  const head = { type: 'beat', node: from, ready: true, session: session(from), sequence, echoes: [OWN] } as const;
  return { ...head, ring: RING, news, ...changes };
}

const life = (node: string, changes: Partial<Life> = {}): Life => ({
  kind: 'lives',
  node,
  session: session(node),
  incarnation: 0,
  ready: true,
  details: new Uint8Array(0),
  ...changes,
});
const ending = (node: string, changes: Partial<Ending> = {}): Ending => ({
  kind: 'died',
  session: session(node),
  incarnation: 0,
  ...changes,
});

/** In a cluster of 71; `p0` was heard at 0 and says that `p1` lives. */
function informed(...news: News[]): Watch {
  const watch = new Watch({ node: 'self', session: OWN, base: { intervalMs: 50, deadlineMs: 200 } });
  watch.setPeers(NAMES, 0);
  watch.start(0);
  watch.hear(says('p0', [life('p1'), ...news]), 0);
  return watch;
}

const lives = (watch: Watch, name = 'p1') => watch.liveness.view().some(({ node }) => node === name);

test('a node that was never heard lives on the word of another, and dies on it', () => {
  const watch = informed();
  assert.ok(lives(watch));
  assert.deepEqual(watch.hear(says('p0', [ending('p1')]), 10).verdicts, [{ kind: 'died', node: 'p1' }]);
  assert.ok(!lives(watch));
});

test('readiness and MAC addresses come along, and change with a higher incarnation only', () => {
  const watch = informed();
  watch.hear(says('p0', [life('p1', { ready: false })]), 1);
  assert.deepEqual(watch.liveness.view()[1], { node: 'p1', ready: true });
  watch.hear(says('p0', [life('p1', { ready: false, incarnation: 1 })]), 2);
  assert.deepEqual(watch.liveness.view()[1], { node: 'p1', ready: false });
});

test('what speaks against a node and what it holds come along, and a beat that news overtook changes nothing', () => {
  const standing = { draining: true, uplink: 'works' } as const;
  const holding = { from: 0, to: 0xffff_ffff, marks: [5], weak: false };
  const details = encodeExtension({ standing, holding });
  const watch = informed(life('p1', { incarnation: 1, details }));
  const expected = { node: 'p1', ready: true, standing, holdings: { marks: [5], weak: false, isComplete: true } };
  assert.deepEqual(watch.liveness.view()[1], expected);
  watch.hear(says('p1', [], { ready: false, ring: RING }), 1);
  assert.deepEqual(watch.liveness.view()[1], expected);
  watch.hear(says('p1', [], { ready: false, ring: { ...RING, incarnation: 1 } }), 2);
  assert.equal(watch.liveness.view()[1]?.ready, false);
});

const orders: [string, News[], boolean][] = [
  ['a life that is as old as the death changes nothing', [ending('p1'), life('p1')], false],
  ['a life that is newer than the death undoes it', [ending('p1'), life('p1', { incarnation: 1 })], true],
  ['a death that is older than the life changes nothing', [life('p1', { incarnation: 1 }), ending('p1')], true],
  ['who left never comes back in that life', [ending('p1', { kind: 'left' }), life('p1', { incarnation: 9 })], false],
  ['the next life of the dead lives', [ending('p1'), life('p1', { session: 7n })], true],
  [
    'the death of an earlier life changes nothing',
    [ending('p1', { kind: 'replaced' }), life('p1', { session: 7n }), ending('p1', { incarnation: 9 })],
    true,
  ],
  [
    'an earlier life never comes back',
    [ending('p1'), life('p1', { session: 7n }), ending('p1', { session: 7n }), life('p1', { incarnation: 9 })],
    false,
  ],
];
for (const [what, news, expected] of orders) {
  test(what, () => assert.equal(lives(informed(...news)), expected));
}

test('a second session of who lives is believed only when a watcher met it', () => {
  const watch = informed(life('p1', { session: 7n }));
  assert.equal(watch.liveness.peers.of('p1')?.session, session('p1'));
  watch.hear(says('p0', [ending('p1', { kind: 'replaced' }), life('p1', { session: 7n })]), 1);
  assert.equal(watch.liveness.peers.of('p1')?.session, 7n);
});

test('who was heard within the deadline is not dead on the word of others, but watched', () => {
  const watch = informed();
  watch.hear(says('p1', []), 100);
  assert.deepEqual(watch.hear(says('p0', [ending('p1')]), 250).verdicts, []);
  assert.ok(lives(watch));
  assert.equal(watch.liveness.nextDeadline(), 310);
});

test('news is passed on once to few others, and what is old is not', () => {
  const watch = informed();
  const first = watch.hear(says('p0', [ending('p1')]), 20).replies;
  const relayed = first.filter((aside) => aside.type === 'beat' && aside.news?.some(({ kind }) => kind === 'died'));
  assert.ok(relayed.length >= 1 && relayed.length <= 7);
  assert.deepEqual(watch.hear(says('p0', [ending('p1')]), 40).replies, []);
});

test('who hears of its own death refutes it at once and is told', () => {
  const watch = informed();
  const { isAccused, replies } = watch.hear(says('p0', [{ kind: 'died', session: OWN, incarnation: 4 }]), 20);
  assert.ok(isAccused);
  const refuted = replies.find(({ to }) => to === 'p0');
  assert.ok(refuted?.type === 'beat');
  const own = refuted.news?.find((one) => one.kind === 'lives');
  assert.ok(own?.kind === 'lives');
  assert.deepEqual([own.session, own.incarnation], [OWN, 5]);
});

const attacks: [string, (recorded: Heartbeat) => Heartbeat, string][] = [
  ['a recording', (recorded) => recorded, 'Replay'],
  ['a recording of an earlier life of ours', (recorded) => ({ ...recorded, session: 9n, echoes: [2n] }), 'Unproven'],
  ['our own message, reflected', (recorded) => ({ ...recorded, node: 'self', session: OWN }), 'Reflected'],
];
for (const [what, change, reason] of attacks) {
  test(`news in ${what} is ignored`, () => {
    const watch = informed();
    const recorded = says('p0', [ending('p1')]);
    watch.hear(recorded, 10);
    watch.hear(says('p0', [life('p1', { incarnation: 1 }), ending('p2'), life('p2')]), 20);
    const attack = change({ ...recorded, news: [ending('p1', { incarnation: 1 }), ending('p2')] });
    assert.equal(watch.hear(attack, 30).ignored, reason);
    assert.ok(lives(watch) && lives(watch, 'p2'));
  });
}

test('a recorded beat never proves a life that is known by hearsay', () => {
  const watch = informed();
  watch.hear(says('p0', [ending('p1')]), 10);
  assert.equal(watch.hear(says('p1', [], { echoes: [] }), 20).ignored, 'Unproven');
  assert.ok(!lives(watch));
});
