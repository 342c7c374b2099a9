// What a node says to its peers, and when, on virtual time.
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Heartbeat } from '#speaker/heartbeat/message.ts';
import { Watch } from '#speaker/heartbeat/watch.ts';

const OWN = 1n;
const SESSIONS: { readonly [node: string]: bigint } = { a: 10n, b: 11n, c: 12n, d: 13n, e: 14n };

function message(node: string, sequence: number, changes: Partial<Heartbeat> = {}): Heartbeat {
  const session = SESSIONS[node] ?? 0n;
  return { type: 'beat', node, ready: true, session, sequence: BigInt(sequence), echoes: [OWN], ...changes };
}

/** Peers `a` to `e` heard at time 0. */
function met(nodes = Object.keys(SESSIONS)): Watch {
  const watch = new Watch({ node: 'self', session: OWN, base: { intervalMs: 50, deadlineMs: 200 } });
  watch.setPeers(nodes, 0);
  watch.start(0);
  for (const node of nodes) watch.hear(message(node, 1), 0);
  return watch;
}

const [silent, ...heard] = Object.keys(SESSIONS) as [string, ...string[]];

/** Takes turns when they are due, up to `until`; the others beat on. What was said, as text. */
function follow(watch: Watch, until: number): string[] {
  const said: string[] = [];
  for (let now = 0; now <= until; now = watch.dueAt(now, false)) {
    for (const node of heard) watch.hear(message(node, now + 2), now);
    said.push(...watch.turn(now).asides.map(({ to, type }) => `${Math.round(now)} ${type} ${to}`));
  }
  return said;
}

test('a peer whose beat is late is probed twice, after half the deadline four times more, and three others are asked twice', () => {
  const said = follow(met(), 209);
  assert.deepEqual(
    said.filter((line) => line.includes('probe')),
    [60, 80, 100, 125, 150, 175].map((at) => `${at} probe ${silent}`),
  );
  const asked = said.filter((line) => line.includes('question'));
  assert.deepEqual(
    asked,
    [100, 150].flatMap((at) => ['b', 'c', 'd'].map((node) => `${at} question ${node}`)),
  );
});

test('a probe is answered by a beat to who sent it', () => {
  assert.deepEqual(met().hear(message('a', 2, { type: 'probe' }), 10).replies, [{ to: 'a', type: 'beat' }]);
});

test('a probe that was recorded gets no answer', () => {
  assert.deepEqual(met().hear(message('a', 1, { type: 'probe' }), 10).replies, []);
});

test('a stranger is asked to prove itself, with its own session as the echo', () => {
  const watch = met();
  for (let old = 20n; old < 40n; old++) watch.hear(message('f', 1, { session: old, echoes: [] }), 5);
  watch.hear(message('f', 2, { session: 20n, echoes: [] }), 10);
  assert.deepEqual(watch.hear(message('f', 3, { session: 20n, echoes: [] }), 15).replies, [{ to: 'f', type: 'probe' }]);
  assert.ok(watch.envelope(1n, 15, 'f').echoes.includes(20n));
});

test('a speaker that starts before the others know of it joins with its first beat', () => {
  const knower = met();
  const newcomer = new Watch({ node: 'f', session: 99n, base: { intervalMs: 50, deadlineMs: 200 } });
  newcomer.setPeers(['self'], 0);
  const first = message('f', 1, { session: 99n, echoes: [] });
  const [probe] = knower.hear(first, 10).replies;
  const { echoes } = knower.envelope(1n, 10, 'f');
  const heard = newcomer.hear({ ...message('self', 1, { session: OWN }), type: probe?.type ?? 'leave', echoes }, 11);
  assert.deepEqual(heard.replies, [{ to: 'self', type: 'beat' }]);
  const second = { ...first, sequence: 2n, ...newcomer.envelope(2n, 11, 'self') };
  assert.deepEqual(knower.hear(second, 12).verdicts, [{ kind: 'joined', node: 'f' }]);
});

test('who does not know its peers yet answers no stranger', () => {
  const watch = new Watch({ node: 'self', session: OWN, base: { intervalMs: 50, deadlineMs: 200 } });
  assert.deepEqual(watch.hear(message('a', 1, { echoes: [] }), 0).replies, []);
});

test('however many strangers there are, 150 a second at most are answered and the pace stays', () => {
  const watch = met();
  const { timing } = watch;
  let answers = 0;
  for (let now = 0; now < 10_000; now++) {
    answers += watch.hear(message(`f${now}`, 1, { session: BigInt(1_000 + now), echoes: [] }), now).replies.length;
  }
  assert.ok(answers >= 750 && answers <= 1_500, `answered ${answers}`);
  assert.deepEqual(watch.timing, timing);
  assert.ok(!watch.isOnRing);
});

const ask = (about: bigint) => message('b', 2, { type: 'question', question: { about, id: 5, withinMs: 200 } });

test('a question about a peer that was heard is answered with the time since', () => {
  const answer = { asker: 11n, id: 5, about: 10n, ageMs: 61 };
  assert.deepEqual(met().hear(ask(10n), 60.5).replies, [{ to: 'b', type: 'answer', answer }]);
});

test('there is no answer about who was not heard within the time, is unknown, or is dead', () => {
  assert.deepEqual(met().hear(ask(10n), 201).replies, []);
  assert.deepEqual(met().hear(ask(77n), 60).replies, []);
  const watch = met();
  watch.liveness.judge(210);
  assert.ok(!watch.hear(ask(10n), 150).replies.some(({ type }) => type === 'answer'));
});

/** A watch that suspects `a` at 100 and asked; the id of its question. */
function suspecting() {
  const watch = met(['a', 'b', 'c']);
  for (const node of ['b', 'c']) watch.hear(message(node, 2), 90);
  // So that the turn is not late, which would be a stall.
  watch.start(100);
  const question = watch.turn(100).asides.find((aside) => aside.type === 'question');
  assert.ok(question?.type === 'question');
  return { watch, id: question.question.id };
}

const diesAt = (watch: Watch) => watch.liveness.nextDeadline();

test('an answer extends the deadline from when the other heard the peer, counted from our question', () => {
  const { watch, id } = suspecting();
  const answer = { asker: OWN, id, about: 10n, ageMs: 45 };
  watch.hear(message('b', 3, { type: 'answer', answer }), 140);
  for (const node of ['b', 'c']) watch.hear(message(node, 9), 200);
  assert.equal(diesAt(watch), 100 - 45 + 210);
});

const useless: [string, Partial<{ asker: bigint; id: number; about: bigint; ageMs: number }>, string][] = [
  ['to somebody else', { asker: 2n }, 'b'],
  ['to a question we never asked', { id: 77 }, 'b'],
  ['about another session', { about: 12n }, 'b'],
  ['from somebody we did not ask', {}, 'd'],
  ['about what we heard ourselves', { ageMs: 100 }, 'b'],
];
for (const [what, changes, from] of useless) {
  test(`an answer ${what} changes nothing`, () => {
    const { watch, id } = suspecting();
    const answer = { asker: OWN, id, about: 10n, ageMs: 10, ...changes };
    watch.hear(message(from, 3, { type: 'answer', answer }), 110);
    assert.equal(diesAt(watch), 210);
  });
}

test('an answer never brings back who is dead', () => {
  const { watch, id } = suspecting();
  watch.liveness.judge(210);
  watch.hear(message('b', 3, { type: 'answer', answer: { asker: OWN, id, about: 10n, ageMs: 0 } }), 211);
  assert.ok(!watch.liveness.view().some(({ node }) => node === 'a'));
});

test('our own stall puts off suspicion and verdict alike, and missed beats are not made up for', () => {
  const watch = met(['a']);
  watch.turn(0);
  assert.equal(watch.dueAt(0, false), 50);
  const expected = { stallMs: 200, isBeat: true, beats: true, asides: [], overdue: false };
  assert.deepEqual(watch.turn(250), expected);
  assert.equal(diesAt(watch), 410);
  assert.equal(watch.dueAt(250, false), 260);
});

test('more peers stretch the interval and everybody’s deadline', () => {
  const watch = met(['a']);
  watch.setPeers(
    Array.from({ length: 60 }, (_, i) => `n${i}`),
    0,
  );
  assert.equal(watch.timing.intervalMs, 100);
  assert.equal(diesAt(watch), 420);
});
