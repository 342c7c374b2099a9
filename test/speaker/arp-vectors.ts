// Frames for the ARP responders and what each has to do with them: an answer, or the reason why none.
import { bytes, hex } from '#test/speaker/bytes.ts';

export const OURS = '02 00 00 00 00 01';
const CLIENT = '02 00 00 00 00 64';
const BROADCAST = 'ff ff ff ff ff ff';
export const VIP = 'c0 a8 01 f0';
export const OTHER_VIP = 'c0 a8 01 f1';

type Fields = {
  destination?: string;
  source?: string;
  operation?: string;
  header?: string;
  sender?: string;
  senderIp?: string;
  target?: string;
};

export function request(fields: Fields = {}): Uint8Array {
  return bytes(
    fields.destination ?? BROADCAST,
    fields.source ?? CLIENT,
    '08 06',
    fields.header ?? '00 01 08 00 06 04',
    fields.operation ?? '00 01',
    fields.sender ?? CLIENT,
    fields.senderIp ?? 'c0 a8 01 64',
    '00 00 00 00 00 00',
    fields.target ?? VIP,
  );
}

const ANSWER = hex(
  bytes(
    CLIENT, // Ethernet destination: who asked
    OURS, // Ethernet source
    '08 06', // EtherType
    '00 01 08 00 06 04', // Ethernet, IPv4, lengths
    '00 02', // operation reply
    OURS, // sender hardware address
    VIP, // sender protocol address: the one asked for
    CLIENT, // target hardware address
    'c0 a8 01 64', // target protocol address
  ),
);

export type Vector = { readonly name: string; readonly frame: Uint8Array; readonly outcome: string };

export const answered: readonly Vector[] = [
  { name: 'a broadcast request for an owned address', frame: request(), outcome: ANSWER },
  { name: 'a unicast request to our MAC (neighbour probe)', frame: request({ destination: OURS }), outcome: ANSWER },
  {
    name: 'a probe with sender 0.0.0.0 (RFC 5227)',
    frame: request({ senderIp: '00 00 00 00' }),
    outcome: `${ANSWER.slice(0, -8)}00000000`,
  },
  {
    name: 'a request that somebody else forwarded: to the sender in the packet',
    frame: request({ source: '02 00 00 00 00 aa' }),
    outcome: ANSWER,
  },
  { name: 'a padded request', frame: bytes(hex(request()), '00'.repeat(18)), outcome: ANSWER },
  { name: 'a request with a long tail', frame: bytes(hex(request()), '00'.repeat(80)), outcome: ANSWER },
];

const refusals: [string, Fields, string][] = [
  ['an address that is not ours', { target: 'c0 a8 01 01' }, 'NotOwned'],
  ['a reply', { operation: '00 02' }, 'NotRequest'],
  ['an unknown operation', { operation: '00 08' }, 'Operation'],
  ['hardware type IEEE 802', { header: '00 06 08 00 06 04' }, 'HardwareType'],
  ['protocol type IPv6', { header: '00 01 86 dd 06 04' }, 'ProtocolType'],
  ['hardware address length 8', { header: '00 01 08 00 08 04' }, 'AddressLength'],
  ['protocol address length 16', { header: '00 01 08 00 06 10' }, 'AddressLength'],
  ['a frame for another station', { destination: '02 00 00 00 00 02' }, 'EthernetDestination'],
  ['a multicast frame', { destination: '01 00 5e 00 00 01' }, 'EthernetDestination'],
  ['a broadcast Ethernet source', { source: BROADCAST }, 'EthernetSource'],
  ['a multicast Ethernet source', { source: '03 00 00 00 00 64' }, 'EthernetSource'],
  ['an all-zero Ethernet source', { source: '00 00 00 00 00 00' }, 'EthernetSource'],
  ['a broadcast sender MAC', { sender: BROADCAST }, 'SenderMac'],
  ['a multicast sender MAC', { sender: '01 00 5e 00 00 01' }, 'SenderMac'],
  ['an all-zero sender MAC', { sender: '00 00 00 00 00 00' }, 'SenderMac'],
  ['a gratuitous request by somebody else', { senderIp: VIP }, 'SenderIsOwned'],
  ['a gratuitous reply by somebody else', { senderIp: VIP, operation: '00 02' }, 'SenderIsOwned'],
  ['a request from another owned address', { senderIp: OTHER_VIP }, 'SenderIsOwned'],
  ['a request from an owned address for a foreign one', { senderIp: VIP, target: 'c0 a8 01 01' }, 'SenderIsOwned'],
  ['our own frame, reflected', { source: OURS }, 'OwnFrame'],
  ['our own packet in a foreign frame', { sender: OURS }, 'OwnFrame'],
];

export const refused: readonly Vector[] = [
  ...refusals.map(([name, fields, outcome]) => ({ name, frame: request(fields), outcome })),
  { name: 'a truncated frame', frame: request().subarray(0, 41), outcome: 'TooShort' },
  { name: 'a VLAN tag in front', frame: tagged(), outcome: 'EtherType' },
];

function tagged(): Uint8Array {
  const text = hex(request());
  return bytes(text.slice(0, 24), '81 00 00 05', text.slice(24));
}
