// The records of large clusters, byte by byte.
import assert from 'node:assert/strict';
import test from 'node:test';
import { decodeExtension, type Extension, encodeExtension } from '#speaker/heartbeat/extension.ts';
import { lengthOf, type News } from '#speaker/heartbeat/news.ts';
import { bytes, hex } from '#test/speaker/bytes.ts';

const SESSION = 0x0102030405060708n;

const table: [string, Extension, string[]][] = [
  [
    'who beats on a ring and is to be watched',
    { ring: { incarnation: 3, watch: true } },
    ['08', '05', '00 00 00 03', '01'],
  ],
  ['who beats on a ring and is not', { ring: { incarnation: 3, watch: false } }, ['08', '05', '00 00 00 03', '00']],
  [
    'a death',
    { news: [{ kind: 'died', session: SESSION, incarnation: 2 }] },
    ['09', '0d', '01 02 03 04 05 06 07 08', '00 00 00 02', '00'],
  ],
  [
    'somebody who left, and one who has a next life',
    {
      news: [
        { kind: 'left', session: SESSION, incarnation: 0 },
        { kind: 'replaced', session: SESSION, incarnation: 0 },
      ],
    },
    ['09 0d', '01 02 03 04 05 06 07 08', '00 00 00 00', '01', '09 0d', '01 02 03 04 05 06 07 08', '00 00 00 00', '02'],
  ],
  [
    'a life, with its MAC address',
    {
      news: [
        {
          kind: 'lives',
          node: 'node1',
          session: SESSION,
          incarnation: 1,
          ready: true,
          details: encodeExtension({ macs: ['02:00:00:00:00:01'] }),
        },
      ],
    },
    [
      '0a', // kind: life
      '1b', // length
      '01 02 03 04 05 06 07 08', // session
      '00 00 00 01', // incarnation
      '01', // flags: ready
      '05', // name length
      '6e 6f 64 65 31', // "node1"
      '01 06 02 00 00 00 00 01', // its own extension
    ],
  ],
  ['the wish for a page', { want: 9n }, ['0b 08', '00 00 00 00 00 00 00 09']],
  ['a page', { page: { from: 9n, to: 0n } }, ['0d 10', '00 00 00 00 00 00 00 09', '00 00 00 00 00 00 00 00']],
];
for (const [what, extension, octets] of table) {
  test(`${what} is encoded and decoded field by field`, () => {
    assert.equal(hex(encodeExtension(extension)), hex(Buffer.from(bytes(...octets))));
    assert.deepEqual(decodeExtension(Buffer.from(bytes(...octets))), extension);
  });
}

test('a life that is longer than a record goes on in the next, and the length is known beforehand', () => {
  const details = Buffer.from(Array.from({ length: 100 }, (_, i) => i));
  const life: News = { kind: 'lives', node: 'n'.repeat(253), session: 1n, incarnation: 0, ready: false, details };
  const encoded = encodeExtension({ news: [life, life], want: 9n });
  assert.equal(encoded.length, 2 * lengthOf(life) + 10);
  assert.deepEqual(decodeExtension(encoded), { news: [life, life], want: 9n });
  assert.equal(hex(encoded.subarray(257, 260)), hex(Buffer.from(bytes('0e', '70', '6e'))));
});

const broken: [string, string[]][] = [
  ['a ring record that is too short', ['08 04', '00 00 00 03']],
  ['an ending of an unknown kind', ['09 0d', '01 02 03 04 05 06 07 08', '00 00 00 00', '03']],
  ['a life without a name', ['0a 0e', '01 02 03 04 05 06 07 08', '00 00 00 01', '01', '00']],
  [
    'a life whose name is longer than the record',
    ['0a 0f', '01 02 03 04 05 06 07 08', '00 00 00 01', '01', '05', '6e'],
  ],
  ['half a page', ['0d 08', '00 00 00 00 00 00 00 09']],
];
for (const [what, octets] of broken) {
  test(`${what} says nothing`, () => assert.deepEqual(decodeExtension(Buffer.from(bytes(...octets))), {}));
}
