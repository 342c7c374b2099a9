// A seeded fraction of the fuzz; `npm run test:long` sends a million.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzzReviews } from './review-fuzz.ts';

test('3,000 mutated reviews: each is answered, none with a 500, none after more than a second', async () => {
  const { statuses, slowestMs, failures } = await fuzzReviews(3_000, 7);
  assert.deepEqual(failures, []);
  assert.ok((statuses.get(200) ?? 0) > 500 && (statuses.get(400) ?? 0) > 500, JSON.stringify([...statuses]));
  assert.ok(slowestMs < 1_000, `${slowestMs} ms`);
});
