// The heartbeat datagram, byte by byte; the tag was computed by another implementation of HMAC-SHA-256.
import assert from 'node:assert/strict';
import { createHmac, createSecretKey } from 'node:crypto';
import test from 'node:test';
import fc from 'fast-check';
import { encodeExtension } from '#speaker/heartbeat/extension.ts';
import { MARKS_MOST } from '#speaker/heartbeat/holdings.ts';
import {
  decodeHeartbeat,
  ECHOES_MOST,
  encodeHeartbeat,
  type Heartbeat,
  roomBeside,
} from '#speaker/heartbeat/message.ts';
import { lengthOf } from '#speaker/heartbeat/news.ts';
import { bytes, hex } from '#test/speaker/bytes.ts';

const KEY = createSecretKey(Buffer.from(Array.from({ length: 32 }, (_, i) => i)));
const OTHER_KEY = createSecretKey(Buffer.alloc(32, 9));

const MESSAGE: Heartbeat = {
  type: 'beat',
  node: 'node1',
  ready: true,
  session: 0x0102030405060708n,
  sequence: 42n,
  echoes: [0x1112131415161718n],
};

const DATAGRAM = Buffer.from(
  bytes(
    '41 52 50 47', // magic "ARPG"
    '01', // version
    '01', // type beat
    '01', // flags: ready
    '05', // name length
    '01 02 03 04 05 06 07 08', // session
    '00 00 00 00 00 00 00 2a', // sequence
    '00 01', // echoes
    '00 00', // extension length
    '6e 6f 64 65 31', // "node1"
    '11 12 13 14 15 16 17 18', // the session heard
    'be50f4ee0919fa84bbc2407d535bfff9e9da17a0fe740ddd5dd8fc3e3ed38c59', // HMAC-SHA-256
  ),
);

test('a beat is encoded field by field', () => assert.equal(hex(encodeHeartbeat(MESSAGE, KEY)), hex(DATAGRAM)));

test('a beat decodes field by field', () => assert.deepEqual(decodeHeartbeat(DATAGRAM, [KEY]), MESSAGE));

test('any of the keys will do', () => assert.deepEqual(decodeHeartbeat(DATAGRAM, [OTHER_KEY, KEY]), MESSAGE));

test('a wrong key, and no key at all, is WrongKey', () => {
  assert.equal(decodeHeartbeat(DATAGRAM, [OTHER_KEY]), 'WrongKey');
  assert.equal(decodeHeartbeat(DATAGRAM, []), 'WrongKey');
});

test('every bit that is flipped is noticed', () => {
  for (let i = 0; i < DATAGRAM.length * 8; i++) {
    const forged = Buffer.from(DATAGRAM);
    forged[i >> 3] = (forged[i >> 3] ?? 0) ^ (1 << (i & 7));
    assert.equal(typeof decodeHeartbeat(forged, [KEY]), 'string');
  }
});

test('every truncation is noticed', () => {
  for (let length = 0; length < DATAGRAM.length; length++) {
    assert.equal(typeof decodeHeartbeat(DATAGRAM.subarray(0, length), [KEY]), 'string');
  }
});

test('the MAC addresses of the sender come along', () => {
  const message = { ...MESSAGE, macs: ['02:00:00:00:00:01'] };
  assert.deepEqual(decodeHeartbeat(encodeHeartbeat(message, KEY), [KEY]), message);
});

test('more echoes and addresses than fit are left out, and the datagram stays below one Ethernet frame', () => {
  const echoes = Array.from({ length: 500 }, (_, i) => BigInt(i));
  const macs = Array.from({ length: 60 }, () => '02:00:00:00:00:01');
  const answer = { asker: 1n, id: 2, about: 3n, ageMs: 4 };
  const ifaces = Array.from({ length: 8 }, (_, i) => `bond-of-two.${i}`);
  const prefixes = Array.from({ length: 16 }, (_, i) => ({ cidr: `fd00:0:0:${i + 1}::/64`, carrier: true }));
  const standing = { draining: true, uplink: 'down' as const, ifaces, prefixes };
  const holding = { from: 0, to: 100, marks: Array.from({ length: MARKS_MOST }, (_, i) => i), weak: false };
  const told = { macs, standing, answer, holding };
  const datagram = encodeHeartbeat({ ...MESSAGE, type: 'answer', node: 'n'.repeat(63), echoes, ...told }, KEY);
  assert.ok(datagram.length <= 1_472);
  const decoded = decodeHeartbeat(datagram, [KEY]);
  assert.ok(typeof decoded !== 'string' && decoded.echoes.length === ECHOES_MOST);
  assert.deepEqual(decoded.standing, standing);
});

test('on a ring, too, the datagram stays below one frame with all that may be in it', () => {
  const ifaces = Array.from({ length: 8 }, (_, i) => `bond-of-two.${i}`);
  const prefixes = Array.from({ length: 16 }, (_, i) => ({ cidr: `fd00:0:0:${i + 1}::/64`, carrier: true }));
  const standing = { draining: true, uplink: 'down' as const, ifaces, prefixes };
  const holding = { from: 0, to: 100, marks: Array.from({ length: MARKS_MOST }, (_, i) => i), weak: false };
  const macs = Array.from({ length: 24 }, () => '02:00:00:00:00:01');
  const ring = { ring: { incarnation: 1, watch: true }, want: 1n, page: { from: 1n, to: 2n } };
  const node = 'n'.repeat(63);
  const details = encodeExtension({ macs, standing, holding });
  const life = { kind: 'lives' as const, node, session: 1n, incarnation: 1, ready: true, details };
  const room = roomBeside(node, { macs, standing, ...ring });
  assert.ok(lengthOf(life) <= room);
  const many = Array.from({ length: 100 }, () => ({ kind: 'died' as const, session: 1n, incarnation: 1 }));
  const [death] = many;
  assert.ok(death);
  for (const news of [[life], many.slice(0, Math.floor(room / lengthOf(death)))]) {
    const told = { macs, standing, holding, ...ring, news };
    const datagram = encodeHeartbeat({ ...MESSAGE, node, echoes: [1n, 2n, 3n, 4n], ...told }, KEY);
    assert.ok(datagram.length <= 1_472);
    const decoded = decodeHeartbeat(datagram, [KEY]);
    assert.ok(typeof decoded !== 'string');
    assert.deepEqual([decoded.news?.length, decoded.echoes.length, decoded.standing], [news.length, 4, standing]);
  }
});

test('a question or an answer without its record is malformed', () => {
  for (const type of ['question', 'answer'] as const) {
    assert.equal(decodeHeartbeat(encodeHeartbeat({ ...MESSAGE, type }, KEY), [KEY]), 'Malformed');
  }
});

test('a type of a later version is ignored by its name', () => {
  const later = Buffer.from(DATAGRAM.subarray(0, -32));
  later[5] = 7;
  const tag = createHmac('sha256', KEY).update(later).digest();
  assert.equal(decodeHeartbeat(Buffer.concat([later, tag]), [KEY]), 'Type');
});

test('what is encoded decodes to itself', () => {
  const uint64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
  const message = fc.record(
    {
      type: fc.constantFrom('beat' as const, 'leave' as const, 'pause' as const, 'probe' as const),
      node: fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }).filter((name) => name.isWellFormed()),
      ready: fc.boolean(),
      session: uint64,
      sequence: uint64,
      echoes: fc.array(uint64, { maxLength: 20 }),
    },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(message, (value) => assert.deepEqual(decodeHeartbeat(encodeHeartbeat(value, KEY), [KEY]), value)),
  );
});
