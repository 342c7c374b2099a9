// What is a failure to expect and what is a bug.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { forbidden, isBug, unlessBug } from '#cli/failure.ts';
import { ApiError } from '#platform/cluster.ts';

const BUGS = [new TypeError('x'), new RangeError('x'), new ReferenceError('x')];
const EXPECTED = [
  new Error('x'),
  new Error('x', { cause: new TypeError('of somebody else') }),
  new ApiError('x', { status: 403, reason: 'Forbidden' }),
  AbortSignal.abort().reason,
];

describe('a failure', () => {
  test('is a bug by its class alone', () => {
    assert.deepEqual(BUGS.map(isBug), [true, true, true]);
    assert.deepEqual(EXPECTED.map(isBug), [false, false, false, false]);
  });

  test('has a way on only when it is no bug', () => {
    for (const error of EXPECTED) assert.equal(unlessBug(() => 'on')(error), 'on');
    for (const bug of BUGS) {
      assert.throws(() => unlessBug(() => 'on')(bug), bug);
      assert.throws(() => forbidden('on')(bug), bug);
    }
  });
});
