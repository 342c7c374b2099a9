// The addresses this node announces now, found by the octets a frame carries; with what happened to each.
import { encodeIp, type Ip } from '#core/ip.ts';
import { arpAddressOf } from './arp.ts';
import { readUint32 } from './ethernet.ts';

/** What one address needs announced; no `ifaces` means all suitable ones. */
export type Announcement = {
  readonly ip: Ip;
  readonly text: string;
  /** `namespace/name`, sorted. */
  readonly services: readonly string[];
  readonly ifaces?: readonly string[];
};

export type OwnedAddress = {
  /** Never given twice in the life of a process. */
  readonly id: number;
  /** Network byte order, 4 or 16 octets. */
  readonly bytes: Uint8Array;
  announcement: Announcement;
  ifaces: ReadonlySet<string> | undefined;
  /** When the next refresh is due, ms of the announcer's clock. */
  refreshAt: number;
  requests: number;
  replies: number;
  gratuitous: number;
};

let lastId = 0;

export class OwnedAddresses {
  readonly #byText = new Map<string, OwnedAddress>();
  readonly #byNumber = new Map<number, OwnedAddress>();
  /** IPv6 by a hash of the octets: a lookup from a frame makes no key object. */
  readonly #byHash = new Map<number, OwnedAddress[]>();

  get size(): number {
    return this.#byText.size;
  }

  values(): Iterable<OwnedAddress> {
    return this.#byText.values();
  }

  get(text: string): OwnedAddress | undefined {
    return this.#byText.get(text);
  }

  /** An IPv4 address as the number that ARP frames carry. */
  findNumber(ip: number): OwnedAddress | undefined {
    return this.#byNumber.get(ip);
  }

  /** An IPv6 address at an offset of a frame. */
  findOctets(frame: Uint8Array, offset: number): OwnedAddress | undefined {
    const bucket = this.#byHash.get(hashOctets(frame, offset));
    if (bucket === undefined) return undefined;
    for (const address of bucket) if (equalsOctets(frame, offset, address.bytes)) return address;
    return undefined;
  }

  /** Adds or replaces; tells on which interfaces the address is new. Counters of one that stays go on. */
  put(announcement: Announcement, refreshAt: number): (ifaceName: string) => boolean {
    const ifaces = announcement.ifaces && new Set(announcement.ifaces);
    const known = this.#byText.get(announcement.text);
    if (!known) {
      this.#add({ announcement, ifaces, refreshAt, ...createCounts(), bytes: encodeIp(announcement.ip) });
      return (name) => isAllowed(ifaces, name);
    }
    const before = known.ifaces;
    Object.assign(known, { announcement, ifaces });
    return (name) => isAllowed(ifaces, name) && !isAllowed(before, name);
  }

  delete(text: string): void {
    const address = this.#byText.get(text);
    if (!address) return;
    this.#byText.delete(text);
    if (address.announcement.ip.family === 4) this.#byNumber.delete(arpAddressOf(address.announcement.ip));
    else this.#dropFromBucket(address);
  }

  clear(): void {
    this.#byText.clear();
    this.#byNumber.clear();
    this.#byHash.clear();
  }

  #add(address: OwnedAddress): void {
    const { ip, text } = address.announcement;
    this.#byText.set(text, address);
    if (ip.family === 4) {
      this.#byNumber.set(arpAddressOf(ip), address);
      return;
    }
    const hash = hashOctets(address.bytes, 0);
    this.#byHash.set(hash, [...(this.#byHash.get(hash) ?? []), address]);
  }

  #dropFromBucket(address: OwnedAddress): void {
    const hash = hashOctets(address.bytes, 0);
    const rest = (this.#byHash.get(hash) ?? []).filter((one) => one !== address);
    if (rest.length === 0) this.#byHash.delete(hash);
    else this.#byHash.set(hash, rest);
  }
}

/** False for an address that is not there, so that lookups need no check of their own. */
export function isAllowedOn(address: OwnedAddress | undefined, ifaceName: string): address is OwnedAddress {
  return address !== undefined && isAllowed(address.ifaces, ifaceName);
}

function createCounts() {
  lastId++;
  return { id: lastId, requests: 0, replies: 0, gratuitous: 0 };
}

function isAllowed(ifaces: ReadonlySet<string> | undefined, name: string): boolean {
  return ifaces === undefined || ifaces.has(name);
}

/** The multiplications keep neighbours of one prefix apart. */
function hashOctets(bytes: Uint8Array, offset: number): number {
  let hash = 0;
  for (let i = 0; i < 16; i += 4) hash = Math.imul(hash ^ readUint32(bytes, offset + i), 0x9e37_79b1);
  return hash;
}

function equalsOctets(frame: Uint8Array, offset: number, bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (frame[offset + i] !== bytes[i]) return false;
  return true;
}
