// In which order news is passed on.
import assert from 'node:assert/strict';
import test from 'node:test';
import type { News } from '#speaker/heartbeat/news.ts';
import { Relay } from '#speaker/heartbeat/relay.ts';

const death = (session: bigint): News => ({ kind: 'died', session, incarnation: 0 });
const life = (session: bigint, incarnation: number): News => {
  const head = { kind: 'lives', node: `n${session}`, session, incarnation, ready: true } as const;
  return { ...head, details: new Uint8Array(100), isRoutine: true };
};
const ROOM = 300;
const sessions = (news: readonly News[]) => news.map(({ session }) => Number(session));

test('what can wait comes after all else, once, and of each node the latest alone', () => {
  const relay = new Relay();
  relay.add([life(1n, 1), life(2n, 1), life(1n, 2), life(3n, 1), death(4n)], 0);
  const first = relay.take(7, ROOM, 0);
  assert.deepEqual(sessions(first), [4, 2, 1]);
  assert.deepEqual(first[2], life(1n, 2));
  assert.deepEqual(sessions(relay.take(7, ROOM, 100)), [3]);
  // A death is said again when those that died together are known.
  assert.deepEqual(sessions(relay.take(7, ROOM, 300)), [4]);
  assert.equal(relay.next(7), Number.POSITIVE_INFINITY);
});

test('what is larger than the room goes alone', () => {
  const relay = new Relay();
  relay.add([life(1n, 1), life(2n, 1)], 0);
  assert.deepEqual(sessions(relay.take(7, 10, 0)), [1]);
  assert.deepEqual(sessions(relay.take(7, 10, 100)), [2]);
});
