// The extension of a heartbeat, byte by byte.
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { decodeExtension, encodeExtension } from '#speaker/heartbeat/extension.ts';
import { bytes, hex } from '#test/speaker/bytes.ts';

const MACS = ['02:00:00:00:00:01', '02:00:00:00:00:02'];
const RECORD = Buffer.from(
  bytes(
    '01', // kind: MAC addresses
    '0c', // length
    '02 00 00 00 00 01',
    '02 00 00 00 00 02',
  ),
);

test('MAC addresses are one record', () => {
  assert.equal(hex(encodeExtension({ macs: MACS })), hex(RECORD));
  assert.deepEqual(decodeExtension(RECORD), { macs: MACS });
});

const QUESTION = Buffer.from(
  bytes(
    '02', // kind: question
    '0e', // length
    '01 02 03 04 05 06 07 08', // about this session
    '00 00 00 09', // id
    '00 c8', // heard within 200 ms
  ),
);
const ANSWER = Buffer.from(
  bytes(
    '03', // kind: answer
    '16', // length
    '11 12 13 14 15 16 17 18', // session of the asker
    '00 00 00 09', // id of the question
    '01 02 03 04 05 06 07 08', // about this session
    '00 2a', // heard 42 ms ago
  ),
);
const ABOUT = 0x0102030405060708n;

test('a question is one record', () => {
  const question = { about: ABOUT, id: 9, withinMs: 200 };
  assert.equal(hex(encodeExtension({ question })), hex(QUESTION));
  assert.deepEqual(decodeExtension(QUESTION), { question });
});

test('an answer is one record', () => {
  const answer = { asker: 0x1112131415161718n, id: 9, about: ABOUT, ageMs: 42 };
  assert.equal(hex(encodeExtension({ answer })), hex(ANSWER));
  assert.deepEqual(decodeExtension(ANSWER), { answer });
});

test('a record that is too short for its kind is skipped', () => {
  assert.deepEqual(decodeExtension(Buffer.from(bytes('02 01 00', '03 02 00 00'))), {});
});

test('no addresses are no octets', () => assert.equal(encodeExtension({}).length, 0));

test('records of later versions are skipped', () => {
  assert.deepEqual(decodeExtension(Buffer.from(bytes('09 02 ff ff', hex(RECORD), '0a 00'))), { macs: MACS });
});

test('more addresses than fit are left out', () => {
  const many = Array.from({ length: 60 }, (_, i) => `02:00:00:00:00:${i.toString(16).padStart(2, '0')}`);
  assert.equal(decodeExtension(encodeExtension({ macs: many })).macs?.length, 24);
});

test('no bytes make it throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (data) => typeof decodeExtension(Buffer.from(data)) === 'object'),
  );
});
