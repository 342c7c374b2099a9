// Who is alive, on virtual time.
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { Liveness } from '#speaker/heartbeat/liveness.ts';
import type { Heartbeat } from '#speaker/heartbeat/message.ts';

const OWN = 1n;
const TIMING = { intervalMs: 50, deadlineMs: 600, graceMs: 0 };
const open = () => new Liveness({ node: 'self', session: OWN, timing: TIMING });

function beat(sequence: number, changes: Partial<Heartbeat> = {}): Heartbeat {
  return {
    type: 'beat',
    node: 'peer',
    ready: true,
    session: 7n,
    sequence: BigInt(sequence),
    echoes: [OWN],
    ...changes,
  };
}

/** A peer heard once at time 0. */
function met(): Liveness {
  const liveness = open();
  assert.deepEqual(liveness.hear(beat(1), 0), { kind: 'joined', node: 'peer' });
  return liveness;
}

test('a peer lives while it is heard and is dead after the deadline', () => {
  const liveness = met();
  assert.deepEqual(liveness.view(), [{ node: 'peer', ready: true }]);
  liveness.hear(beat(2), 50);
  assert.equal(liveness.nextDeadline(), 650);
  assert.deepEqual(liveness.judge(649), []);
  assert.deepEqual(liveness.judge(650), [{ kind: 'died', node: 'peer', silentMs: 600 }]);
  assert.deepEqual(liveness.view(), []);
  assert.deepEqual(liveness.judge(10_000), []);
});

test('a peer that restarts in place has five seconds to be heard again, then its old deadline', () => {
  const liveness = met();
  assert.equal(liveness.hear(beat(2, { type: 'pause' }), 100), undefined);
  assert.deepEqual(liveness.view(), [{ node: 'peer', ready: true }]);
  assert.equal(liveness.nextDeadline(), 5_100);
  assert.equal(liveness.hear(beat(1, { session: 8n }), 2_000), undefined);
  assert.equal(liveness.nextDeadline(), 2_600);
});

test('a peer that restarts in place stays ready while its next life is not yet, for five seconds at most', () => {
  const liveness = met();
  liveness.hear(beat(2, { type: 'pause' }), 100);
  const next = (sequence: number, now: number, ready: boolean) => {
    liveness.hear(beat(sequence, { session: 8n, ready }), now);
    return liveness.view();
  };
  assert.deepEqual(next(1, 400, false), [{ node: 'peer', ready: true }]);
  assert.deepEqual(next(2, 900, true), [{ node: 'peer', ready: true }]);
  assert.deepEqual(next(3, 950, false), [{ node: 'peer', ready: false }]);
  liveness.hear(beat(4, { session: 8n, type: 'pause' }), 1_000);
  assert.deepEqual(next(5, 6_000, false), [{ node: 'peer', ready: false }]);
});

test('what a peer holds comes with the message that makes it live, and is forgotten with its life', () => {
  const liveness = open();
  const holding = { from: 0, to: 0xffff_ffff, marks: [5], weak: false };
  liveness.hear(beat(1, { holding }), 0);
  const holdings = { marks: [5], weak: false, isComplete: true };
  assert.deepEqual(liveness.view(), [{ node: 'peer', ready: true, holdings }]);
  const { version } = liveness;
  liveness.hear(beat(2, { holding: { ...holding, marks: [5, 6] } }), 50);
  assert.deepEqual([liveness.view()[0]?.holdings?.marks, liveness.version], [[5, 6], version]);
  liveness.hear(beat(3), 100);
  assert.deepEqual(liveness.view()[0]?.holdings?.marks, [5, 6]);
  liveness.hear(beat(1, { session: 8n }), 150);
  assert.deepEqual(liveness.view(), [{ node: 'peer', ready: true }]);
});

test('who has not been heard for a minute is echoed no more, and proves itself anew by its next message', () => {
  const liveness = met();
  assert.deepEqual(liveness.echoes(1n, 59_999), [7n]);
  assert.deepEqual(liveness.echoes(2n, 60_000), []);
  assert.deepEqual(liveness.hear(beat(2), 90_000), undefined);
  assert.deepEqual(liveness.echoes(3n, 90_000), [7n]);
});

test('a message that was waiting in the socket undoes an overdue deadline before the verdict', () => {
  const liveness = met();
  assert.ok(liveness.nextDeadline() <= 700);
  liveness.hear(beat(2), 700);
  assert.deepEqual(liveness.judge(701), []);
});

test('our own stall is no silence of others', () => {
  const liveness = met();
  liveness.stalled(500);
  assert.deepEqual(liveness.judge(1_099), []);
  assert.equal(liveness.judge(1_100).length, 1);
});

test('a loop that is always a little late still finds the dead', () => {
  const liveness = met();
  for (let now = 50; now < 650; now += 50) {
    liveness.stalled(50);
    assert.deepEqual(liveness.judge(now), []);
  }
  assert.equal(liveness.judge(650).length, 1);
});

test('a dead peer that is heard again returns, with the same session', () => {
  const liveness = met();
  liveness.judge(600);
  assert.deepEqual(liveness.hear(beat(2), 700), { kind: 'returned', node: 'peer' });
  assert.deepEqual(liveness.view(), [{ node: 'peer', ready: true }]);
});

test('a peer that leaves is gone at once, and its late beats change nothing', () => {
  const liveness = met();
  assert.deepEqual(liveness.hear(beat(3, { type: 'leave' }), 10), { kind: 'left', node: 'peer' });
  assert.deepEqual(liveness.view(), []);
  assert.equal(liveness.hear(beat(2), 20), 'Replay');
  assert.equal(liveness.hear(beat(4), 20), 'Replay');
});

test('a restarted peer joins under its new session; the old one never counts again', () => {
  const liveness = met();
  assert.equal(liveness.hear(beat(1, { session: 8n }), 100), undefined);
  assert.equal(liveness.hear(beat(99), 110), 'Replay');
  assert.equal(liveness.hear(beat(2, { session: 8n }), 120), undefined);
  liveness.hear(beat(3, { session: 8n, type: 'leave' }), 130);
  assert.deepEqual(liveness.hear(beat(1, { session: 9n }), 200), { kind: 'joined', node: 'peer' });
});

test('a session that does not echo ours is not believed, but echoed, so that it can prove itself', () => {
  const liveness = open();
  assert.equal(liveness.hear(beat(1, { echoes: [] }), 0), 'Unproven');
  assert.deepEqual(liveness.view(), []);
  assert.deepEqual(liveness.echoes(1n, 0), [7n]);
  assert.deepEqual(liveness.hear(beat(2), 50), { kind: 'joined', node: 'peer' });
  assert.deepEqual(liveness.echoes(2n, 50), [7n]);
});

test('a newcomer that falls silent is no longer echoed', () => {
  const liveness = open();
  liveness.hear(beat(1, { echoes: [] }), 0);
  assert.deepEqual(liveness.echoes(1n, 2_001), []);
});

test('two starting nodes prove themselves to each other within two beats', () => {
  const a = new Liveness({ node: 'a', session: 1n, timing: TIMING });
  const b = new Liveness({ node: 'b', session: 2n, timing: TIMING });
  const from = (node: string, liveness: Liveness, sequence: bigint): Heartbeat => ({
    ...beat(0),
    node,
    session: node === 'a' ? 1n : 2n,
    sequence,
    echoes: liveness.echoes(sequence, 0),
  });
  assert.equal(b.hear(from('a', a, 1n), 0), 'Unproven');
  assert.deepEqual(a.hear(from('b', b, 1n), 0), { kind: 'joined', node: 'b' });
  assert.deepEqual(b.hear(from('a', a, 2n), 0), { kind: 'joined', node: 'a' });
});

test('more sessions than fit in a message take turns', () => {
  const liveness = open();
  for (let i = 0; i < 400; i++) liveness.hear(beat(1, { session: BigInt(100 + i), echoes: [] }), 0);
  const seen = new Set([1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n].flatMap((sequence) => liveness.echoes(sequence, 0)));
  assert.equal(seen.size, 400);
});

test('our own message, reflected, is ignored', () => {
  assert.equal(open().hear(beat(1, { node: 'self', session: OWN }), 0), 'Reflected');
});

test('what a peer tells of its node stands in the view, and the version grows when it changes', () => {
  const liveness = met();
  const standing = { draining: false, uplink: 'works' as const, prefixes: [{ cidr: '10.0.0.0/24', carrier: true }] };
  const before = liveness.version;
  liveness.hear(beat(2, { standing }), 50);
  liveness.hear(beat(3, { standing: structuredClone(standing) }), 100);
  assert.equal(liveness.version, before + 1);
  assert.deepEqual(liveness.view(), [{ node: 'peer', ready: true, standing }]);
  liveness.hear(beat(4, { standing: { ...standing, prefixes: [{ cidr: '10.0.0.0/24', carrier: false }] } }), 150);
  assert.equal(liveness.version, before + 2);
});

test('the version grows when the view changes, and only then', () => {
  const liveness = met();
  const before = liveness.version;
  liveness.hear(beat(2), 50);
  assert.equal(liveness.version, before);
  liveness.hear(beat(3, { ready: false }), 100);
  assert.equal(liveness.version, before + 1);
  assert.deepEqual(liveness.view(), [{ node: 'peer', ready: false }]);
  liveness.judge(5_000);
  assert.equal(liveness.version, before + 2);
});

type Step = { readonly wait: number; readonly replay: boolean; readonly pick: number };

test('recordings of a dead peer never bring it back', () => {
  const step = fc.record<Step>({ wait: fc.nat(300), replay: fc.boolean(), pick: fc.nat() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const liveness = met();
      const recorded = [beat(1)];
      let now = 0;
      let last = 0;
      for (const { wait, replay, pick } of steps) {
        now += wait;
        if (replay) {
          assert.equal(liveness.hear(recorded[pick % recorded.length] ?? beat(1), now), 'Replay');
        } else {
          const fresh = beat(recorded.length + 1);
          recorded.push(fresh);
          assert.notEqual(liveness.hear(fresh, now), 'Replay');
          last = now;
        }
        liveness.judge(now);
        assert.equal(liveness.view().length, now - last < 600 ? 1 : 0);
      }
    }),
  );
});
