// ARP codec against RFC 826 and RFC 5227, field by field.
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { parseIp } from '#core/ip.ts';
import {
  ARP_REPLY,
  ARP_REQUEST,
  arpAddressOf,
  decodeArp,
  encodeArp,
  encodeArpRequest,
  encodeGratuitousArp,
} from '#speaker/arp.ts';
import { bytes, hex } from '#test/speaker/bytes.ts';

const MAC = bytes('02 00 00 00 00 01');
const IP = 0xc0a801f0;

const REQUEST = bytes(
  'ff ff ff ff ff ff', // Ethernet destination
  '02 00 00 00 00 64', // Ethernet source
  '08 06', // EtherType ARP
  '00 01', // hardware type Ethernet
  '08 00', // protocol type IPv4
  '06', // hardware address length
  '04', // protocol address length
  '00 01', // operation request
  '02 00 00 00 00 64', // sender hardware address
  'c0 a8 01 64', // sender protocol address 192.168.1.100
  '00 00 00 00 00 00', // target hardware address
  'c0 a8 01 f0', // target protocol address 192.168.1.240
);

test('a request from a capture decodes field by field', () => {
  assert.deepEqual(decodeArp(REQUEST), {
    operation: ARP_REQUEST,
    senderMac: bytes('02 00 00 00 00 64'),
    senderIp: 0xc0a80164,
    targetMac: bytes('00 00 00 00 00 00'),
    targetIp: IP,
  });
});

test('padding to the Ethernet minimum is ignored', () => {
  const padded = bytes(hex(REQUEST), '00'.repeat(18));
  assert.deepEqual(decodeArp(padded), decodeArp(REQUEST));
});

test('a reply is encoded field by field', () => {
  const packet = {
    operation: ARP_REPLY,
    senderMac: MAC,
    senderIp: IP,
    targetMac: bytes('02 00 00 00 00 64'),
    targetIp: 0xc0a80164,
  };
  const expected = bytes(
    '02 00 00 00 00 64', // Ethernet destination
    '02 00 00 00 00 01', // Ethernet source
    '08 06', // EtherType
    '00 01', // hardware type
    '08 00', // protocol type
    '06', // hardware address length
    '04', // protocol address length
    '00 02', // operation reply
    '02 00 00 00 00 01', // sender hardware address
    'c0 a8 01 f0', // sender protocol address
    '02 00 00 00 00 64', // target hardware address
    'c0 a8 01 64', // target protocol address
  );
  assert.equal(hex(encodeArp(packet, bytes('02 00 00 00 00 64'))), hex(expected));
});

for (const [name, operation, code] of [
  ['request', ARP_REQUEST, '00 01'],
  ['reply', ARP_REPLY, '00 02'],
] as const) {
  test(`a gratuitous ${name} says sender and target are the address, to everybody`, () => {
    const expected = bytes(
      'ff ff ff ff ff ff', // Ethernet destination
      '02 00 00 00 00 01', // Ethernet source
      '08 06', // EtherType
      '00 01', // hardware type
      '08 00', // protocol type
      '06', // hardware address length
      '04', // protocol address length
      code, // operation
      '02 00 00 00 00 01', // sender hardware address
      'c0 a8 01 f0', // sender protocol address
      'ff ff ff ff ff ff', // target hardware address, as MetalLB sends it
      'c0 a8 01 f0', // target protocol address
    );
    assert.equal(hex(encodeGratuitousArp(MAC, IP, operation)), hex(expected));
  });
}

test('a probe has sender address 0 and asks for nobody in particular (RFC 5227 section 2.1.1)', () => {
  const probe = decodeArp(encodeArpRequest(MAC, 0, IP));
  assert.deepEqual(probe, {
    operation: ARP_REQUEST,
    senderMac: MAC,
    senderIp: 0,
    targetMac: bytes('00 00 00 00 00 00'),
    targetIp: IP,
  });
});

const broken: [string, number, string, string][] = [
  ['EtherType IPv4', 12, '08 00', 'EtherType'],
  ['a VLAN tag in front', 12, '81 00', 'EtherType'],
  ['hardware type IEEE 802', 14, '00 06', 'HardwareType'],
  ['protocol type IPv6', 16, '86 dd', 'ProtocolType'],
  ['hardware address length 8', 18, '08 04', 'AddressLength'],
  ['protocol address length 16', 18, '06 10', 'AddressLength'],
  ['operation 0', 20, '00 00', 'Operation'],
  ['operation 8 (InARP)', 20, '00 08', 'Operation'],
];
for (const [name, offset, field, problem] of broken) {
  test(`${name} is refused as ${problem}`, () => {
    const frame = REQUEST.slice();
    frame.set(bytes(field), offset);
    assert.equal(decodeArp(frame), problem);
  });
}

test('every truncation is TooShort', () => {
  for (let length = 0; length < REQUEST.length; length++) {
    assert.equal(decodeArp(REQUEST.subarray(0, length)), 'TooShort');
  }
});

test('an IPv4 address becomes the number its frame carries', () => {
  assert.equal(arpAddressOf(parseIp('255.255.255.255') ?? assert.fail()), 0xffffffff);
  assert.equal(arpAddressOf(parseIp('192.168.1.240') ?? assert.fail()), IP);
});

test('what is encoded decodes to itself', () => {
  const mac = fc.uint8Array({ minLength: 6, maxLength: 6 });
  const ip = fc.nat(0xffffffff);
  const packet = fc.record(
    {
      operation: fc.constantFrom(ARP_REQUEST, ARP_REPLY),
      senderMac: mac,
      senderIp: ip,
      targetMac: mac,
      targetIp: ip,
    },
    { noNullPrototype: true },
  );
  fc.assert(fc.property(packet, mac, (value, to) => assert.deepEqual(decodeArp(encodeArp(value, to)), value)));
});

test('no bytes make the decoder throw', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (data) => decodeArp(data) !== undefined));
});
