import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideLease, isOfAnother, type LeaseView, newestView } from '#platform/lease-decision.ts';

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
  ['the Lease of a silent other is deleted within its term', { ...seen('other', 1_000), isGone: true }, 7_000, 'wait'],
  ['the Lease of a silent other is deleted, after its term', { ...seen('other', 1_000), isGone: true }, 7_001, 'write'],
  ['our own fresh Lease is deleted', { ...seen('me', 1_000), isGone: true }, 1_001, 'write'],
  ['a released Lease is deleted', { ...seen('', 1_000), isGone: true }, 1_001, 'write'],
];

for (const [what, lease, now, wanted] of CASES) {
  test(`decideLease says ${wanted} when ${what}`, () => {
    assert.equal(decideLease(lease, { identity: 'me', now, timing: TIMING }), wanted);
  });
}

test('a Lease that disappears is remembered with its holder and the time it was last seen', () => {
  const known = seen('other', 1_000);
  assert.deepEqual(newestView(known, undefined), { ...known, isGone: true });
  assert.equal(newestView(undefined, undefined), undefined);
  assert.deepEqual(newestView({ ...known, isGone: true }, seen('other', 2_000)), seen('other', 2_000));
});

test('only a Lease that names somebody else is of another', () => {
  assert.deepEqual(
    [undefined, seen('', 0), seen('me', 0), seen('other', 0)].map((lease) => isOfAnother(lease, 'me')),
    [false, false, false, true],
  );
});
