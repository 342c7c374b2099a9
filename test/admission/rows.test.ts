// Every row of docs/admission.md by the rules alone; through a real API server in test/e2e/admission.test.ts.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { ROWS, writeDocument } from './document.ts';
import { judgeRow } from './judge.ts';

describe('docs/admission.md', () => {
  for (const row of ROWS) {
    test(`${row.object.kind}: ${row.rule}`, () => {
      const { denied, warned } = row;
      assert.deepEqual(judgeRow(row), { denied, warned });
    });
  }

  test('is what the rows say; node test/admission/write.ts writes it', () => {
    assert.equal(readFileSync(new URL('../../docs/admission.md', import.meta.url), 'utf8'), writeDocument());
  });
});
