import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideLease, type LeaseView } from '#platform/lease-decision.ts';

const TIMING = { termMs: 6_000, renewMs: 1_000 };

function seen(holderIdentity: string, seenAt: number, leaseDurationSeconds = 6): LeaseView {
  return { object: { spec: { holderIdentity, leaseDurationSeconds } }, seenAt };
}

const CASES: [string, LeaseView | undefined, number, 'write' | 'wait'][] = [
  ['nobody has made the Lease', undefined, 0, 'write'],
  ['the holder released it', seen('', 10), 11, 'write'],
  ['our own renewal is fresh', seen('me', 1_000), 1_999, 'wait'],
  ['our own renewal is due', seen('me', 1_000), 2_000, 'write'],
  ['another holds it and renewed it lately', seen('other', 1_000), 7_000, 'wait'],
  ['another holds it and has been silent for a whole term', seen('other', 1_000), 7_001, 'write'],
  ['another holds it with a longer term of its own', seen('other', 1_000, 30), 30_000, 'wait'],
];

for (const [what, lease, now, wanted] of CASES) {
  test(`decideLease says ${wanted} when ${what}`, () => {
    assert.equal(decideLease(lease, { identity: 'me', now, timing: TIMING }), wanted);
  });
}
