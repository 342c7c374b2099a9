// Frames for the NDP responders and what each has to do with them: an answer, or the reason why none.
// The solicitation, the probe and the advertisement are captures of Linux 6.18, one field a line.
import { bytes, hex } from '#test/speaker/bytes.ts';

export const OURS = '02 00 00 00 00 01';
export const CLIENT = '02 00 00 00 00 64';
export const VIP = 'fd00 0000 0000 0000 0000 0000 0064 0001';
export const OTHER_VIP = 'fd00 0000 0000 0000 0000 0000 0064 0002';
export const CLIENT_IP = 'fd00 0000 0000 0000 0000 0000 0000 0064';
const UNSPECIFIED = '0000 0000 0000 0000 0000 0000 0000 0000';

export const SOLICITATION_FRAME = bytes(
  '33 33 ff 64 00 01', // Ethernet destination: the group of the target
  CLIENT, // Ethernet source
  '86 dd', // EtherType IPv6
  '6 00 00000', // version, traffic class, flow label
  '00 20', // payload length
  '3a', // next header ICMPv6
  'ff', // hop limit
  CLIENT_IP, // source
  'ff02 0000 0000 0000 0000 0001 ff64 0001', // destination: solicited-node group
  '87', // type: neighbour solicitation
  '00', // code
  '7c 0b', // checksum
  '00 00 00 00', // reserved
  VIP, // target
  '01', // option: source link-layer address
  '01', // option length, in units of 8 octets
  CLIENT, // that address
);

export const ADVERTISEMENT_FRAME = bytes(
  CLIENT, // Ethernet destination
  OURS, // Ethernet source
  '86 dd', // EtherType IPv6
  '6 00 00000', // version, traffic class, flow label
  '00 20', // payload length
  '3a', // next header ICMPv6
  'ff', // hop limit
  VIP, // source
  CLIENT_IP, // destination
  '88', // type: neighbour advertisement
  '00', // code
  '1b 72', // checksum
  '60 00 00 00', // flags: solicited, override
  VIP, // target
  '02', // option: target link-layer address
  '01', // option length
  OURS, // that address
);

/** Linux's own probe for another address: it carries a nonce (RFC 7527). */
export const NONCE_PROBE_FRAME = bytes(
  '33 33 ff 00 00 64', // Ethernet destination
  CLIENT, // Ethernet source
  '86 dd', // EtherType IPv6
  '6 00 00000', // version, traffic class, flow label
  '00 20', // payload length
  '3a', // next header ICMPv6
  'ff', // hop limit
  UNSPECIFIED, // source: none yet
  'ff02 0000 0000 0000 0000 0001 ff00 0064', // destination
  '87', // type: neighbour solicitation
  '00', // code
  '80 26', // checksum
  '00 00 00 00', // reserved
  CLIENT_IP, // target
  '0e', // option: nonce
  '01', // option length
  '61 ad 91 4d fb b4', // nonce
);

type Fields = {
  destination?: string;
  source?: string;
  length?: string;
  header?: string;
  next?: string;
  hops?: string;
  from?: string;
  to?: string;
  type?: string;
  code?: string;
  flags?: string;
  target?: string;
  options?: string;
  /** Added to the right checksum. */
  checksumOff?: number;
};

const SOURCE_OPTION = `01 01 ${CLIENT}`;
const GROUP = 'ff02 0000 0000 0000 0000 0001 ff64 0001';

/** A solicitation of the client for our address, with changes; its checksum is made right by plain addition. */
export function solicitation(fields: Fields = {}): Uint8Array {
  const options = fields.options ?? SOURCE_OPTION;
  const message = bytes(fields.type ?? '87', fields.code ?? '00', '00 00', fields.flags ?? '00 00 00 00');
  const body = bytes(hex(message), fields.target ?? VIP, options);
  const from = fields.from ?? CLIENT_IP;
  const to = fields.to ?? GROUP;
  const sum = checksum(bytes(from, to, number16(body.length), '00 3a', hex(body)));
  body.set(bytes(number16((sum + (fields.checksumOff ?? 0)) & 0xffff)), 2);
  return bytes(
    fields.destination ?? '33 33 ff 64 00 01',
    fields.source ?? CLIENT,
    '86 dd',
    fields.header ?? '60 00 00 00',
    fields.length ?? number16(body.length),
    fields.next ?? '3a',
    fields.hops ?? 'ff',
    from,
    to,
    hex(body),
  );
}

/** RFC 1071, the slow way: independent of what it tests. */
function checksum(data: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < data.length; i += 2) {
    sum += (data[i] ?? 0) * 256 + (data[i + 1] ?? 0);
    if (sum > 0xffff) sum -= 0xffff;
  }
  return 0xffff - sum;
}

function number16(value: number): string {
  return value.toString(16).padStart(4, '0');
}

const PROBE = { from: UNSPECIFIED, options: '' };

/** To all nodes and not solicited: 1b72 of the capture, less and plus what differs, is 59d3. */
const PROBE_ANSWER = hex(
  bytes(
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
  ),
);

export type Vector = {
  readonly name: string;
  readonly frame: Uint8Array;
  /** Hex of the answer, or the drop reason. */
  readonly outcome: string;
  /** Answered only in the process: the kernel's responder takes solicitations of up to 40 octets. */
  readonly long?: true;
};

const ANSWER = hex(ADVERTISEMENT_FRAME);

export const answered: readonly Vector[] = [
  { name: 'a solicitation to the group', frame: SOLICITATION_FRAME, outcome: ANSWER },
  {
    name: 'a unicast solicitation (reachability probe)',
    frame: solicitation({ destination: OURS, to: VIP }),
    outcome: ANSWER,
  },
  {
    name: 'a unicast reachability probe without an option',
    frame: solicitation({ destination: OURS, to: VIP, options: '' }),
    outcome: ANSWER,
  },
  { name: 'a probe from :: (duplicate address detection)', frame: solicitation(PROBE), outcome: PROBE_ANSWER },
  {
    name: 'a probe with a nonce',
    frame: solicitation({ ...PROBE, options: '0e 01 61 ad 91 4d fb b4' }),
    outcome: PROBE_ANSWER,
  },
  {
    name: 'two options of one unit',
    frame: solicitation({ options: `${SOURCE_OPTION} 0e 01 00 00 00 00 00 01` }),
    outcome: ANSWER,
  },
  {
    name: 'one option of two units',
    frame: solicitation({ options: '0e 02 00 00 00 00 00 01 00 00 00 00 00 00 00 02' }),
    outcome: ANSWER,
  },
  {
    name: 'three options',
    frame: solicitation({ options: `${SOURCE_OPTION} 0e 01 00 00 00 00 00 01 0e 01 00 00 00 00 00 02` }),
    outcome: ANSWER,
    long: true,
  },
  { name: 'padding behind the message', frame: bytes(hex(SOLICITATION_FRAME), '00'.repeat(10)), outcome: ANSWER },
];

const refusals: [string, Fields, string][] = [
  ['a target that is not ours', { target: CLIENT_IP }, 'NotOwned'],
  ['an IP version other than 6', { header: '40 00 00 00' }, 'IpVersion'],
  ['an extension header in front', { next: '00' }, 'NextHeader'],
  ['a payload shorter than a solicitation', { length: '00 10' }, 'PayloadLength'],
  ['a payload longer than the frame', { length: '00 28' }, 'PayloadLength'],
  ['hop limit 254', { hops: 'fe' }, 'HopLimit'],
  ['hop limit 1', { hops: '01' }, 'HopLimit'],
  ['a router solicitation', { type: '85' }, 'MessageType'],
  ['code 1', { code: '01' }, 'MessageCode'],
  ['a checksum that is one too high', { checksumOff: 1 }, 'Checksum'],
  ['a multicast target', { target: GROUP }, 'TargetMulticast'],
  ['an option of length 0', { options: `01 00 ${CLIENT}` }, 'OptionLength'],
  ['an option beyond the end', { options: `01 02 ${CLIENT}` }, 'OptionLength'],
  ['a second option of length 0', { options: `${SOURCE_OPTION} 0e 00 00 00 00 00 00 01` }, 'OptionLength'],
  ['half an option', { options: '01 01 02 00' }, 'OptionLength'],
  ['a multicast source', { from: GROUP }, 'SourceIp'],
  ['a probe to our address', { ...PROBE, to: VIP }, 'DestinationIp'],
  ['a probe to all nodes', { ...PROBE, to: 'ff02 0000 0000 0000 0000 0000 0000 0001' }, 'DestinationIp'],
  ['a probe with a source address option', { from: UNSPECIFIED }, 'ProbeOption'],
  ['an advertisement for somebody else', { type: '88', target: CLIENT_IP, options: '' }, 'NotRequest'],
  ['an advertisement of our address', { type: '88', flags: '20 00 00 00', options: '' }, 'SenderIsOwned'],
  ['a solicitation from our own address', { from: VIP }, 'SenderIsOwned'],
  ['a solicitation from another address of ours', { from: OTHER_VIP }, 'SenderIsOwned'],
  ['a frame for another station', { destination: '02 00 00 00 00 02' }, 'EthernetDestination'],
  ['a broadcast frame', { destination: 'ff ff ff ff ff ff' }, 'EthernetDestination'],
  ['a multicast Ethernet source', { source: '33 33 00 00 00 01' }, 'EthernetSource'],
  ['an all-zero Ethernet source', { source: '00 00 00 00 00 00' }, 'EthernetSource'],
  ['a multicast address in the option', { options: '01 01 33 33 00 00 00 01' }, 'SenderMac'],
  ['our own frame, reflected', { source: OURS }, 'OwnFrame'],
  ['our own address in the option', { options: `01 01 ${OURS}` }, 'OwnFrame'],
];

export const refused: readonly Vector[] = [
  ...refusals.map(([name, fields, outcome]) => ({ name, frame: solicitation(fields), outcome })),
  { name: 'a VLAN tag in front', frame: tagged(), outcome: 'EtherType' },
  { name: 'a truncated frame', frame: SOLICITATION_FRAME.subarray(0, 77), outcome: 'TooShort' },
];

function tagged(): Uint8Array {
  const text = hex(SOLICITATION_FRAME);
  return bytes(text.slice(0, 24), '81 00 00 05', text.slice(24));
}
