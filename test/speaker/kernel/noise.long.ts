// Ten million changed frames through both responders; a seeded fraction runs with the packet tests.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareResponders } from './noise.ts';

const COUNT = Number(process.env['FUZZ_FRAMES'] ?? 10_000_000);

test(`${COUNT} changed frames`, { timeout: 3_600_000 }, () => {
  const { answered, megabytes } = compareResponders(COUNT, 1);
  console.log(JSON.stringify({ answered, megabytes }));
  assert.ok(answered > COUNT / 10);
  const [first = 0] = megabytes;
  assert.ok((megabytes.at(-1) ?? 0) <= 1.1 * first, `resident memory grew from ${first} MB to ${megabytes.at(-1)}`);
});
