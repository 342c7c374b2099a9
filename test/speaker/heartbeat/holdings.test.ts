// What a speaker says it holds, in turns: byte by byte, and whatever is lost on the way.
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { decodeExtension, encodeExtension } from '#speaker/heartbeat/extension.ts';
import { HeardHoldings, HoldingTurns, MARKS_MOST } from '#speaker/heartbeat/holdings.ts';
import { bytes, hex } from '#test/speaker/bytes.ts';

const HOLDING = { from: 1, to: 0xffff_ffff, marks: [2, 0x8000_0000], weak: true };
const RECORD = Buffer.from(
  bytes(
    '0c', // kind: holding
    '11', // length
    '00 00 00 01', // from
    'ff ff ff ff', // to
    '01', // flags: weak
    '00 00 00 02', // marks
    '80 00 00 00',
  ),
);

test('a holding is one record', () => {
  assert.equal(hex(encodeExtension({ holding: HOLDING })), hex(RECORD));
  assert.deepEqual(decodeExtension(RECORD), { holding: HOLDING });
});

const broken: [string, string][] = [
  ['is too short', '0c 08 00 00 00 00 ff ff ff ff'],
  ['ends within a mark', '0c 0a 00 00 00 00 ff ff ff ff 00 01'],
  ['ends before it begins', '0c 09 00 00 00 02 00 00 00 01 00'],
  ['has a mark out of its range', '0c 0d 00 00 00 00 00 00 00 01 00 00 00 00 02'],
  ['has marks out of order', '0c 11 00 00 00 00 ff ff ff ff 00 00 00 00 02 00 00 00 01'],
  ['has a mark twice', '0c 11 00 00 00 00 ff ff ff ff 00 00 00 00 02 00 00 00 02'],
];
for (const [name, octets] of broken) {
  test(`a record that ${name} is skipped`, () => assert.deepEqual(decodeExtension(Buffer.from(bytes(octets))), {}));
}

/** Says everything, as often as there are ranges; returns how many messages that took. */
function sayAll(turns: HoldingTurns, heard: HeardHoldings): number {
  let count = 0;
  do {
    heard.take(turns.take());
    count++;
  } while (!heard.view().isComplete);
  return count;
}

test('nothing held is said in one message', () => {
  const heard = new HeardHoldings();
  assert.equal(heard.view().isComplete, false);
  assert.equal(sayAll(new HoldingTurns(), heard), 1);
  assert.deepEqual(heard.view(), { marks: [], weak: false, isComplete: true });
});

test('what fits one message is in every message', () => {
  const turns = new HoldingTurns();
  const marks = Array.from({ length: MARKS_MOST }, (_, i) => i * 7);
  assert.equal(turns.set({ marks, weak: false }), true);
  assert.equal(turns.set({ marks, weak: false }), false);
  for (let i = 0; i < 3; i++) {
    const heard = new HeardHoldings();
    assert.equal(sayAll(turns, heard), 1);
    assert.deepEqual(heard.view().marks, marks);
  }
});

test('what changed is said before the rest', () => {
  const turns = new HoldingTurns();
  const many = Array.from({ length: MARKS_MOST * 10 }, (_, i) => i * 10);
  turns.set({ marks: many, weak: false });
  const heard = new HeardHoldings();
  assert.ok(sayAll(turns, heard) <= 11);
  turns.set({ marks: many.filter((mark) => mark !== 3_000), weak: false });
  heard.take(turns.take());
  assert.equal(heard.view().marks.includes(3_000), false);
});

test('the last message said once more changes nothing', () => {
  const turns = new HoldingTurns();
  turns.set({ marks: [5], weak: true });
  const heard = new HeardHoldings();
  assert.equal(heard.take(turns.take()), true);
  assert.equal(heard.take(turns.again()), false);
});

test('for news it is the same object until something changed, and then a range with that', () => {
  const turns = new HoldingTurns();
  const marks = Array.from({ length: MARKS_MOST * 3 }, (_, i) => i * 10);
  turns.set({ marks, weak: false });
  for (let i = 0; i < 3; i++) turns.take();
  const told = turns.news();
  turns.take();
  assert.equal(turns.news(), told);
  turns.set({ marks: [...marks, 5_000], weak: false });
  assert.deepEqual(turns.news().marks, [5_000]);
  turns.weaken();
  assert.equal(turns.news().weak, true);
});

test('all that is passed on of a peer fits one record', () => {
  const heard = new HeardHoldings();
  heard.take({ from: 0, to: 9, marks: [1], weak: false });
  const rest = { from: 10, to: 0xffff_ffff, marks: [11], weak: false };
  heard.take(rest);
  assert.deepEqual(heard.excerpt(), { from: 0, to: 0xffff_ffff, marks: [1, 11], weak: false });
  const many = { ...rest, marks: Array.from({ length: MARKS_MOST }, (_, i) => i + 20) };
  heard.take(many);
  assert.deepEqual(heard.excerpt(), many);
});

test('who stood still says so at once, until it is told better', () => {
  const turns = new HoldingTurns();
  turns.set({ marks: [5], weak: false });
  turns.take();
  turns.weaken();
  assert.deepEqual([turns.again().weak, turns.take().weak], [true, true]);
  turns.set({ marks: [5], weak: false });
  assert.equal(turns.take().weak, false);
});

const marksOf = fc
  .uniqueArray(fc.nat({ max: 0xffff_ffff }), { maxLength: 300 })
  .map((marks) => marks.sort((a, b) => a - b));

test('whatever was lost, one whole turn without loss tells all', () => {
  const step = fc.record({ marks: marksOf, weak: fc.boolean(), heard: fc.array(fc.boolean(), { maxLength: 5 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 6 }), (steps) => {
      const turns = new HoldingTurns();
      const heard = new HeardHoldings();
      for (const { marks, weak, heard: arrivals } of steps) {
        turns.set({ marks, weak });
        for (const arrives of arrivals) {
          const holding = turns.take();
          if (arrives) heard.take(holding);
        }
      }
      const last = steps.at(-1) ?? { marks: [], weak: false };
      // Changes that were waiting, and then the ranges in turn.
      for (let i = 0; i < 2 * Math.ceil(1_800 / MARKS_MOST); i++) heard.take(turns.take());
      assert.deepEqual(heard.view(), { marks: last.marks, weak: last.weak, isComplete: true });
    }),
    { numRuns: 50 },
  );
});
