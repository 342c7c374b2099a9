// Echo requests and replies, byte by byte; checksums were computed by hand from RFC 1071.
import assert from 'node:assert/strict';
import test from 'node:test';
import { encodeEcho, isReplyTo } from '#speaker/icmp-echo.ts';
import { bytes, hex } from '#test/speaker/bytes.ts';

const ECHO = { id: 0x1234, sequence: 7, data: bytes('01 02 03 04 05 06 07 08') };
const MESSAGE = ['12 34', '00 07', '01 02 03 04 05 06 07 08'];

test('an ICMP request has its checksum', () => {
  // 0800 + 1234 + 0007 + 0102 + 0304 + 0506 + 0708 = 2a4f; its complement is d5b0.
  assert.equal(hex(encodeEcho(4, ECHO)), hex(bytes('08 00', 'd5 b0', ...MESSAGE)));
});

test('an ICMPv6 request leaves it to the kernel', () => {
  assert.equal(hex(encodeEcho(6, ECHO)), hex(bytes('80 00', '00 00', ...MESSAGE)));
});

const IPV4_HEADER = '45 00 00 24 00 00 40 00 40 01 00 00 0a 09 00 01 0a 09 00 02';
const IPV4_WITH_OPTIONS = '46 00 00 28 00 00 40 00 40 01 00 00 0a 09 00 01 0a 09 00 02 01 01 01 00';

const packets: [string, 4 | 6, Uint8Array, boolean][] = [
  ['a reply', 4, bytes(IPV4_HEADER, '00 00', 'dd b0', ...MESSAGE), true],
  ['a reply behind IP options', 4, bytes(IPV4_WITH_OPTIONS, '00 00', 'dd b0', ...MESSAGE), true],
  ['a reply in IPv6', 6, bytes('81 00', '00 00', ...MESSAGE), true],
  ['our own request', 4, bytes(IPV4_HEADER, '08 00', 'd5 b0', ...MESSAGE), false],
  ['another id', 6, bytes('81 00', '00 00', '12 35', '00 07', '01 02 03 04 05 06 07 08'), false],
  ['an earlier sequence', 6, bytes('81 00', '00 00', '12 34', '00 06', '01 02 03 04 05 06 07 08'), false],
  ['other data', 6, bytes('81 00', '00 00', '12 34', '00 07', '01 02 03 04 05 06 07 09'), false],
  ['a code that is not 0', 6, bytes('81 01', '00 00', ...MESSAGE), false],
  ['one that is cut off', 4, bytes(IPV4_HEADER, '00 00', 'dd b0', '12 34'), false],
  ['nothing', 4, bytes(), false],
];
for (const [name, family, packet, expected] of packets) {
  test(`${name} ${expected ? 'answers' : 'does not answer'}`, () =>
    assert.equal(isReplyTo(family, packet, ECHO), expected));
}
