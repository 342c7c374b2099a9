// The kernel filter: what reaches the process and what does not.
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { decodeArp, encodeArpRequest } from '#speaker/arp.ts';
import { buildArpFilter } from '#speaker/arp-filter.ts';
import { encodeFilter } from '#speaker/packet-filter.ts';
import { runFilter } from '#test/speaker/bpf.ts';
import { bytes, hex } from '#test/speaker/bytes.ts';

const program = buildArpFilter();
const REQUEST = encodeArpRequest(bytes('02 00 00 00 00 64'), 1, 2);
const PLAIN = { packetType: 1, vlanTag: 0 };

function changed(offset: number, field: string): Uint8Array {
  const frame = REQUEST.slice();
  frame.set(bytes(field), offset);
  return frame;
}

const cases: [string, Uint8Array, typeof PLAIN, boolean][] = [
  ['a request passes', REQUEST, PLAIN, true],
  ['a reply passes', changed(20, '00 02'), PLAIN, true],
  ['a request with a priority tag (VLAN id 0) passes', REQUEST, { packetType: 1, vlanTag: 0x6000 }, true],
  ['our own outgoing frame is dropped', REQUEST, { packetType: 4, vlanTag: 0 }, false],
  ['a frame to us passes', REQUEST, { packetType: 0, vlanTag: 0 }, true],
  [
    'a frame for another host, or of a VLAN whose tag the kernel took off, is dropped',
    REQUEST,
    { packetType: 3, vlanTag: 0 },
    false,
  ],
  ['a frame of VLAN 5 is dropped', REQUEST, { packetType: 1, vlanTag: 5 }, false],
  ['an IPv4 frame is dropped', changed(12, '08 00'), PLAIN, false],
  ['another hardware type is dropped', changed(14, '00 06'), PLAIN, false],
  ['another protocol type is dropped', changed(16, '86 dd'), PLAIN, false],
  ['other address lengths are dropped', changed(18, '08 04'), PLAIN, false],
  ['operation 3 (RARP) is dropped', changed(20, '00 03'), PLAIN, false],
  ['a frame cut before the operation is dropped', REQUEST.subarray(0, 21), PLAIN, false],
];
for (const [name, frame, metadata, passes] of cases) {
  test(name, () => assert.equal(runFilter(program, frame, metadata) > 0, passes));
}

test('the kernel gets 8 bytes per instruction: code, jumps, operand', () => {
  const last = program.length - 1;
  assert.equal(hex(encodeFilter(program).subarray(last * 8)), '0600000000000000');
  assert.equal(hex(encodeFilter([{ code: 0x15, jt: 1, jf: 2, k: 0x0806 }])), '1500010206080000');
});

test('the filter never drops what the decoder takes', () => {
  const anyFrame = fc.uint8Array({ minLength: 42, maxLength: 60 }).map((tail) => {
    const frame = tail.slice();
    frame.set(REQUEST.subarray(12, 20), 12);
    return frame;
  });
  fc.assert(
    fc.property(anyFrame, (frame) => {
      assert.equal(runFilter(program, frame, PLAIN) > 0, typeof decodeArp(frame) !== 'string');
    }),
  );
});
