// NDP codec against captures of Linux and the RFCs, field by field.
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import {
  ADVERTISEMENT,
  decodeNdp,
  encodeNdp,
  encodeNdpProbe,
  encodeUnsolicitedNdp,
  FLAG_OVERRIDE,
  FLAG_SOLICITED,
  multicastMacOf,
  SOLICITATION,
  solicitedNodeOf,
} from '#speaker/ndp.ts';
import { bytes, hex } from '#test/speaker/bytes.ts';
import {
  ADVERTISEMENT_FRAME,
  CLIENT,
  CLIENT_IP,
  NONCE_PROBE_FRAME,
  OURS,
  SOLICITATION_FRAME,
  VIP,
} from '#test/speaker/ndp-vectors.ts';

test("Linux's solicitation decodes field by field", () => {
  assert.deepEqual(decodeNdp(SOLICITATION_FRAME), {
    type: SOLICITATION,
    source: bytes(CLIENT_IP),
    destination: bytes('ff02 0000 0000 0000 0000 0001 ff64 0001'),
    target: bytes(VIP),
    flags: 0,
    mac: bytes(CLIENT),
  });
});

test("Linux's probe decodes: no source, a nonce, no link-layer address", () => {
  assert.deepEqual(decodeNdp(NONCE_PROBE_FRAME), {
    type: SOLICITATION,
    source: new Uint8Array(16),
    destination: bytes('ff02 0000 0000 0000 0000 0001 ff00 0064'),
    target: bytes(CLIENT_IP),
    flags: 0,
  });
});

test("an advertisement is encoded as Linux's own", () => {
  const message = { source: bytes(VIP), destination: bytes(CLIENT_IP), target: bytes(VIP), mac: bytes(OURS) };
  const flags = FLAG_SOLICITED | FLAG_OVERRIDE;
  const frame = encodeNdp(
    { ...message, type: ADVERTISEMENT, flags },
    { source: bytes(OURS), destination: bytes(CLIENT) },
  );
  assert.equal(hex(frame), hex(ADVERTISEMENT_FRAME));
});

test('an unsolicited advertisement goes to all nodes and overrides what they know (RFC 4861 section 7.2.6)', () => {
  const expected = bytes(
    '33 33 00 00 00 01', // Ethernet destination: all nodes
    OURS, // Ethernet source
    '86 dd', // EtherType IPv6
    '6 00 00000', // version, traffic class, flow label
    '00 20', // payload length
    '3a', // next header ICMPv6
    'ff', // hop limit
    VIP, // source
    'ff02 0000 0000 0000 0000 0000 0000 0001', // destination: all nodes
    '88', // type: neighbour advertisement
    '00', // code
    '59 d3', // checksum
    '20 00 00 00', // flags: override
    VIP, // target
    '02', // option: target link-layer address
    '01', // option length
    OURS, // that address
  );
  assert.equal(hex(encodeUnsolicitedNdp(bytes(OURS), bytes(VIP))), hex(expected));
});

test('a probe has no source, goes to the solicited-node group and carries no option (RFC 4862 section 5.4.2)', () => {
  const probe = encodeNdpProbe(bytes(OURS), bytes(VIP));
  assert.equal(hex(probe.subarray(0, 12)), hex(bytes('33 33 ff 64 00 01', OURS)));
  assert.deepEqual(decodeNdp(probe), {
    type: SOLICITATION,
    source: new Uint8Array(16),
    destination: bytes('ff02 0000 0000 0000 0000 0001 ff64 0001'),
    target: bytes(VIP),
    flags: 0,
  });
});

test('the solicited-node group has the last 24 bits of the address (RFC 4291 section 2.7.1)', () => {
  const target = bytes('4037 0000 0000 0000 0001 0800 200e 8c6c');
  const group = solicitedNodeOf(target);
  assert.equal(hex(group), 'ff0200000000000000000001ff0e8c6c');
  assert.equal(hex(multicastMacOf(group)), '3333ff0e8c6c');
});

test('what is encoded decodes to itself, with any octet changed it does not', () => {
  const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
  const station = octets(6);
  const ip = octets(16).map((value) => Uint8Array.of(0xfd, ...value.subarray(1)));
  const message = fc.record({ source: ip, destination: ip, target: ip, mac: station }, { noNullPrototype: true });
  fc.assert(
    fc.property(message, station, fc.integer({ min: 54, max: 85 }), (fields, destination, at) => {
      const value = { ...fields, type: ADVERTISEMENT, flags: FLAG_OVERRIDE } as const;
      const frame = encodeNdp(value, { source: fields.mac, destination });
      assert.deepEqual(decodeNdp(frame), value);
      frame[at] = (frame[at] ?? 0) ^ 1;
      assert.equal(typeof decodeNdp(frame), 'string');
    }),
  );
});

test('no bytes make the decoder throw', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 160 }), (data) => decodeNdp(data) !== undefined));
});
