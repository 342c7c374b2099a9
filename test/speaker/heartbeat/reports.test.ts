// What the main thread is told, and how often.
import assert from 'node:assert/strict';
import test from 'node:test';
import type { FromHeartbeat } from '#speaker/heartbeat/protocol.ts';
import { Reports } from '#speaker/heartbeat/reports.ts';

function open() {
  const said: FromHeartbeat['kind'][] = [];
  return { said, reports: new Reports(({ kind }) => said.push(kind)) };
}

test('many accusations at once are one now and one soon after, so that none is forgotten', () => {
  const { said, reports } = open();
  reports.due(0);
  for (let now = 1; now < 10; now++) reports.accused(now);
  assert.deepEqual(said, ['counts', 'accused']);
  reports.due(250);
  assert.equal(said.length, 2);
  reports.due(251);
  reports.due(600);
  assert.deepEqual(said, ['counts', 'accused', 'accused']);
});
