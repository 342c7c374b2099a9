// An address that a speaker found in use on the wire by a stranger: the `AddressConflict` object of arpeggio.dev.
import { type Ip, parseIp } from '#core/ip.ts';

export type AddressConflict = {
  /** Name of the object. */
  readonly name: string;
  readonly resourceVersion: string;
  readonly ip: Ip;
  /** The stranger's. */
  readonly mac: string;
  /** Where it was heard. */
  readonly node: string;
  readonly iface: string;
  /** The cluster had announced the address already: then it stays where it is and is defended. */
  readonly announced: boolean;
  /** Milliseconds since the epoch. */
  readonly expires: number;
};

export type AddressConflictObject = {
  readonly metadata?: { readonly name?: string; readonly namespace?: string; readonly resourceVersion?: string };
  readonly spec?: {
    readonly ip?: string;
    readonly mac?: string;
    readonly node?: string;
    readonly interface?: string;
    readonly announced?: boolean;
    readonly expires?: string;
  };
};

/** Undefined where the object names no address. */
export function parseConflict({ metadata = {}, spec = {} }: AddressConflictObject): AddressConflict | undefined {
  const ip = parseIp(spec.ip ?? '');
  if (!ip) return undefined;
  return {
    name: metadata.name ?? '',
    resourceVersion: metadata.resourceVersion ?? '',
    ip,
    mac: spec.mac ?? 'unknown',
    node: spec.node ?? 'unknown',
    iface: spec.interface ?? 'unknown',
    announced: spec.announced ?? false,
    expires: new Date(spec.expires ?? 0).getTime(),
  };
}

/** `02:00:00:00:00:09 uses 10.0.0.1 too, heard on node1 (eth0)`, without the address. */
export function describeConflict({ mac, node, iface }: AddressConflict): string {
  return `a stranger (${mac}) uses it too, heard on ${node} (${iface})`;
}
