// The kernel filter for NDP: what reaches the process and what does not.
import assert from 'node:assert/strict';
import test from 'node:test';
import { buildNdpFilter } from '#speaker/ndp-filter.ts';
import { runFilter } from '#test/speaker/bpf.ts';
import { bytes } from '#test/speaker/bytes.ts';
import { ADVERTISEMENT_FRAME, SOLICITATION_FRAME } from '#test/speaker/ndp-vectors.ts';

const program = buildNdpFilter();
const MULTICAST = { packetType: 2, vlanTag: 0 };

function changed(offset: number, field: string): Uint8Array {
  const frame = SOLICITATION_FRAME.slice();
  frame.set(bytes(field), offset);
  return frame;
}

const cases: [string, Uint8Array, typeof MULTICAST, boolean][] = [
  ['a solicitation passes', SOLICITATION_FRAME, MULTICAST, true],
  ['a solicitation to us alone passes', SOLICITATION_FRAME, { packetType: 0, vlanTag: 0 }, true],
  ['an advertisement passes', ADVERTISEMENT_FRAME, MULTICAST, true],
  [
    'a solicitation with a priority tag (VLAN id 0) passes',
    SOLICITATION_FRAME,
    { packetType: 2, vlanTag: 0x6000 },
    true,
  ],
  ['our own outgoing frame is dropped', SOLICITATION_FRAME, { packetType: 4, vlanTag: 0 }, false],
  ['a frame for another host is dropped', SOLICITATION_FRAME, { packetType: 3, vlanTag: 0 }, false],
  ['a frame of VLAN 5 is dropped', SOLICITATION_FRAME, { packetType: 2, vlanTag: 5 }, false],
  ['an ARP frame is dropped', changed(12, '08 06'), MULTICAST, false],
  ['TCP is dropped', changed(20, '06'), MULTICAST, false],
  ['an echo request is dropped', changed(54, '80'), MULTICAST, false],
  ['a router advertisement is dropped', changed(54, '86'), MULTICAST, false],
  ['a frame cut before the type is dropped', SOLICITATION_FRAME.subarray(0, 54), MULTICAST, false],
];
for (const [name, frame, metadata, passes] of cases) {
  test(name, () => assert.equal(runFilter(program, frame, metadata) > 0, passes));
}
