import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseService } from '#core/service.ts';

const TIME = '2026-01-01T00:00:00Z';
const MS = Date.parse(TIME);

for (const [time, expected] of [
  [TIME, MS],
  [new Date(MS), MS],
  // As Go writes a time that is not set.
  [null, 0],
  [undefined, 0],
] as const) {
  test(`${time === TIME ? 'a text' : String(time && 'a Date')} as the time of creation and allocation is ${expected}`, () => {
    const { created, allocatedAt } = parseService({
      metadata: { ...(time === undefined ? {} : { creationTimestamp: time }) },
      status: {
        conditions: [
          {
            ...{ type: 'arpeggio.dev/Allocated', status: 'True', reason: 'Allocated', message: '' },
            ...(time === undefined ? {} : { lastTransitionTime: time }),
          },
        ],
      },
    });
    assert.deepEqual({ created, allocatedAt }, { created: expected, allocatedAt: expected });
  });
}
