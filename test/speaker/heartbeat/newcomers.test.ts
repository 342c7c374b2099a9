import assert from 'node:assert/strict';
import test from 'node:test';
import { Newcomers } from '#speaker/heartbeat/newcomers.ts';

test('hundreds of recorded sessions keep a new node out for two seconds, not for ever', () => {
  const newcomers = new Newcomers();
  for (let session = 0n; session < 512n; session++) newcomers.add(session, 'recorded', 0);
  newcomers.add(1_000n, 'fresh', 1_000);
  assert.deepEqual(newcomers.sessionsOf('fresh'), []);
  newcomers.add(1_000n, 'fresh', 2_001);
  assert.deepEqual(newcomers.sessionsOf('fresh'), [1_000n]);
});
