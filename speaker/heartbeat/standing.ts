// What a speaker tells of its node beyond that it lives, as records of the heartbeat's extension: what speaks against its
// announcing, its interfaces, and the subnets on its links.
import { type Family, formatIp, type Ip, parseIp } from '#core/ip.ts';

export type Standing = {
  /** Its addresses shall go elsewhere. */
  readonly draining: boolean;
  /** What its probe of the gateway says; `unknown` also where there is none, or it is in doubt. */
  readonly uplink: 'unknown' | 'works' | 'down';
  /** Suitable ones, which have carrier. Absent, as the next: not known, and counts as able. */
  readonly ifaces?: readonly string[];
  /** Connected routes; one subnet on several links has carrier when one of them has. */
  readonly prefixes?: readonly OnLinkPrefix[];
};

export type OnLinkPrefix = { readonly cidr: string; readonly carrier: boolean };

/** One record: a kind and its value. */
export type StandingRecord = { readonly kind: number; readonly value: Uint8Array };

const KIND_FLAGS = 4;
const KIND_IFACES = 5;
const KIND_PREFIXES = 6;
const FLAG_DRAINING = 1;
const FLAG_UPLINK_WORKS = 2;
const FLAG_UPLINK_DOWN = 4;
const PREFIX_CARRIER = 1;
const PREFIX_IPV6 = 2;
/** Octets of a record's value. */
const IFACES_MOST = 120;
const PREFIXES_MOST = 160;

/** What of it can be told. Every speaker, also the one it is about, decides from this, so that all decide alike. */
export function tellable({ ifaces, prefixes, ...flags }: Standing): Standing {
  return {
    ...flags,
    ...(ifaces && encodeIfaces(ifaces).length <= IFACES_MOST ? { ifaces } : {}),
    ...(prefixes && encodePrefixes(prefixes).length <= PREFIXES_MOST ? { prefixes } : {}),
  };
}

/** What holds in both: told until this node announces what it may now, so that nobody lets go of an address before. */
export function worseOf(before: Standing | undefined, now: Standing): Standing {
  if (!before) return now;
  const lacked = new Set(before.prefixes?.filter(({ carrier }) => !carrier).map(({ cidr }) => cidr));
  const had = new Set(before.ifaces ?? now.ifaces);
  return {
    draining: before.draining || now.draining,
    uplink: before.uplink === 'down' ? 'down' : now.uplink,
    ...(now.ifaces && { ifaces: now.ifaces.filter((name) => had.has(name)) }),
    ...(now.prefixes && {
      prefixes: now.prefixes.map(({ cidr, carrier }) => ({ cidr, carrier: carrier && !lacked.has(cidr) })),
    }),
  };
}

export function encodeStanding(standing: Standing): StandingRecord[] {
  const { draining, uplink, ifaces, prefixes } = tellable(standing);
  const works = uplink === 'works' ? FLAG_UPLINK_WORKS : 0;
  const down = uplink === 'down' ? FLAG_UPLINK_DOWN : 0;
  const flags = (draining ? FLAG_DRAINING : 0) | works | down;
  return [
    { kind: KIND_FLAGS, value: Uint8Array.of(flags) },
    ...(ifaces ? [{ kind: KIND_IFACES, value: encodeIfaces(ifaces) }] : []),
    ...(prefixes ? [{ kind: KIND_PREFIXES, value: encodePrefixes(prefixes) }] : []),
  ];
}

/** What a record says; undefined when it is of another kind. */
export function decodeStanding(kind: number, value: Buffer): Partial<Standing> | undefined {
  if (kind === KIND_FLAGS && value.length > 0) return decodeFlags(value.readUInt8(0));
  if (kind === KIND_IFACES) return { ifaces: decodeIfaces(value) };
  return kind === KIND_PREFIXES ? { prefixes: decodePrefixes(value) } : undefined;
}

export function isSameStanding(a: Standing | undefined, b: Standing | undefined): boolean {
  if (!(a && b)) return a === b;
  if (a.draining !== b.draining || a.uplink !== b.uplink) return false;
  const isSamePrefix = (one: OnLinkPrefix, other: OnLinkPrefix) =>
    one.cidr === other.cidr && one.carrier === other.carrier;
  return isSameList(a.ifaces, b.ifaces, Object.is) && isSameList(a.prefixes, b.prefixes, isSamePrefix);
}

function isSameList<T>(
  a: readonly T[] | undefined,
  b: readonly T[] | undefined,
  isSame: (one: T, other: T) => boolean,
): boolean {
  if (!(a && b)) return a === b;
  return a.length === b.length && a.every((one, i) => isSame(one, b[i] as T));
}

function decodeFlags(flags: number): Partial<Standing> {
  const works = (flags & FLAG_UPLINK_WORKS) !== 0;
  const down = (flags & FLAG_UPLINK_DOWN) !== 0;
  const proven = works ? 'works' : 'unknown';
  return { draining: (flags & FLAG_DRAINING) !== 0, uplink: down ? 'down' : proven };
}

/** Names as the kernel has them: up to 15 octets of any encoding. */
function encodeIfaces(ifaces: readonly string[]): Buffer {
  return Buffer.concat(ifaces.flatMap((name) => [Uint8Array.of(name.length), Buffer.from(name, 'latin1')]));
}

function decodeIfaces(value: Buffer): string[] {
  const ifaces: string[] = [];
  for (let at = 0, end = 0; at < value.length; at = end) {
    end = at + 1 + value.readUInt8(at);
    if (end <= value.length) ifaces.push(value.toString('latin1', at + 1, end));
  }
  return ifaces;
}

/** Flags, length, and as many octets of the address as the length covers. */
function encodePrefixes(prefixes: readonly OnLinkPrefix[]): Buffer {
  return Buffer.concat(
    prefixes.map(({ cidr, carrier }) => {
      const [address = '', bits = ''] = cidr.split('/');
      const ip = parseIp(address) ?? { family: 4, value: 0n };
      const flags = (carrier ? PREFIX_CARRIER : 0) | (ip.family === 6 ? PREFIX_IPV6 : 0);
      const octets = octetsOf(ip).subarray(0, Math.ceil(Number(bits) / 8));
      return Buffer.concat([Uint8Array.of(flags, Number(bits)), octets]);
    }),
  );
}

function decodePrefixes(value: Buffer): OnLinkPrefix[] {
  const prefixes: OnLinkPrefix[] = [];
  for (let at = 0, end = 0; at + 2 <= value.length; at = end) {
    const flags = value.readUInt8(at);
    const bits = value.readUInt8(at + 1);
    const family = (flags & PREFIX_IPV6) === 0 ? 4 : 6;
    end = at + 2 + Math.ceil(bits / 8);
    if (end > value.length || bits > widthOf(family)) break;
    const cidr = `${formatIp(ipOf(family, value.subarray(at + 2, end)))}/${bits}`;
    prefixes.push({ cidr, carrier: (flags & PREFIX_CARRIER) !== 0 });
  }
  return prefixes;
}

function widthOf(family: Family): number {
  return family === 4 ? 32 : 128;
}

function octetsOf({ family, value }: Ip): Buffer {
  return Buffer.from(value.toString(16).padStart(widthOf(family) / 4, '0'), 'hex');
}

/** Octets that are missing are zero. */
function ipOf(family: Family, octets: Buffer): Ip {
  return { family, value: BigInt(`0x${octets.toString('hex').padEnd(widthOf(family) / 4, '0')}`) };
}
