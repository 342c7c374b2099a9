// What the page says it cannot follow: by the failures that caches report, for as long as they report them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { interruptionFindings, openInterruptions } from '#cli/ui/interruptions.ts';

test('failures are told once for each resource, and forgotten when they are reported no more', () => {
  let now = 0;
  const { log, present } = openInterruptions(() => now);
  log.warn({ path: '/api/v1/services', error: new Error('403') }, 'cannot list or watch, will try again');
  log.debug({ path: '/api/v1/services', error: new Error('403 again') }, 'watch interrupted');
  log.debug({ path: '/api/v1/nodes', error: new Error('away') }, 'watch interrupted');
  log.warn({ retryMs: 100 }, 'pass failed, will try again');
  assert.deepEqual(present(), [
    { resource: 'services', message: '403 again', at: 0 },
    { resource: 'nodes', message: 'away', at: 0 },
  ]);
  now = 60_000;
  assert.deepEqual(present(), []);
});

test('they are one warning, and none where all is well', () => {
  assert.deepEqual(interruptionFindings([]), []);
  const found = interruptionFindings(['services', 'nodes'].map((resource) => ({ resource, message: 'away' })));
  assert.deepEqual(
    found.map(({ level, message }) => [level, message]),
    [['warning', 'shown as they were last, because they cannot be followed: nodes, services: away']],
  );
});
