// One million mutated reviews: no crash, no 500, no answer after more than a second, no growing memory.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzzReviews } from './review-fuzz.ts';

const COUNT = Number(process.env['FUZZ_COUNT'] ?? 1_000_000);

test(`${COUNT} mutated reviews`, { timeout: 3_600_000 }, async () => {
  const seed = Number(process.env['FUZZ_SEED'] ?? 1);
  const { statuses, slowestMs, memory, failures } = await fuzzReviews(COUNT, seed);
  console.log(
    JSON.stringify({ seed, statuses: [...statuses], slowestMs, megabytes: memory.map((bytes) => bytes / 1e6) }),
  );
  assert.deepEqual(failures, []);
  assert.ok(slowestMs < 1_000, `${slowestMs} ms`);
  const [first = 0] = memory;
  assert.ok((memory.at(-1) ?? 0) <= 1.1 * first, `resident memory grew from ${first} to ${memory.at(-1)}`);
});
