// Which key is accepted and which one signs, on virtual time.
import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import test from 'node:test';
import { Keys } from '#speaker/heartbeat/keys.ts';

const [a, b, c] = [1, 2, 3].map((octet) => createSecretKey(Buffer.alloc(32, octet))) as [Key, Key, Key];
type Key = ReturnType<typeof createSecretKey>;

test('without a key nothing is signed, and the first one signs at once', () => {
  const keys = new Keys();
  assert.equal(keys.signing(0), undefined);
  keys.take(a, 10);
  assert.equal(keys.signing(10), a);
});

test('a new key is accepted at once and signs after two seconds, when all had the time to learn it', () => {
  const keys = new Keys();
  keys.take(a, 0);
  keys.take(b, 1_000);
  assert.deepEqual(keys.accepted, [b, a]);
  assert.equal(keys.signing(2_999), a);
  assert.equal(keys.signing(3_000), b);
});

test('the same key again changes nothing, and of three the oldest is forgotten', () => {
  const keys = new Keys();
  keys.take(a, 0);
  keys.take(a, 5);
  assert.equal(keys.signing(5), a);
  keys.take(b, 10);
  keys.take(c, 20);
  assert.deepEqual(keys.accepted, [c, b]);
});
