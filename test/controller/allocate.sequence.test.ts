// A seeded fraction of the sequences; `npm run test:long` replays a thousand.
import { test } from 'node:test';
import { assertSequences } from './allocate.sequence.ts';

test('through 200 changes of pools, Services, Nodes and strangers every pass is right and the next three change nothing', () => {
  assertSequences({ runs: 3, seed: 5 });
});
