// What the ARP and the NDP side of an interface have in common.
import type { Iface } from './iface.ts';
import type { KernelResponder } from './kernel/responder.ts';
import type { OwnedAddress, OwnedAddresses } from './owned.ts';
import type { PacketSocket } from './packet-socket.ts';
import type { DropReason } from './respond.ts';
import type { NdpDropReason } from './respond-ndp.ts';

export type Side = {
  /** How many different frames one round of an address has. */
  readonly kinds: number;
  /** From now on frames for the address reach us. */
  join(address: OwnedAddress): void;
  leave(address: OwnedAddress): void;
  /** Says once where the address is, in one of the kinds. */
  announce(address: OwnedAddress, kind: number): boolean;
  /** Asks whether somebody has the address (RFC 5227 section 2.1.1, RFC 4862 section 5.4.2). */
  probe(address: OwnedAddress): void;
  close(): void;
};

/** Somebody else says that an address is his. `mac` is a copy. */
export type Claim = { readonly address: OwnedAddress; readonly iface: string; readonly mac: Uint8Array };

export type SideContext = {
  readonly iface: Iface;
  readonly owned: OwnedAddresses;
  /** Asked about before their first use, not answered for. */
  readonly probed: OwnedAddresses;
  readonly counters: IfaceCounters;
  readonly onClaim: (claim: Claim) => void;
  readonly kernel?: KernelResponder | undefined;
  /** The kernel has no room for these: they are answered here alone. */
  readonly onOverflow?: (addresses: readonly OwnedAddress[], iface: Iface) => void;
};

export type IfaceCounters = {
  readonly drops: { [reason in DropReason | NdpDropReason]?: number };
  sendFailures: number;
  groupFailures: number;
};

export function createCounters(): IfaceCounters {
  return { drops: {}, sendFailures: 0, groupFailures: 0 };
}

export function countDrop({ drops }: IfaceCounters, reason: DropReason | NdpDropReason): void {
  drops[reason] = (drops[reason] ?? 0) + 1;
}

/** A frame that cannot go now is lost as on any wire; rounds repeat, clients ask again, carrier-up starts anew. */
export function trySend(socket: PacketSocket, frame: Uint8Array, counters: IfaceCounters): boolean {
  try {
    socket.send(frame);
    return true;
  } catch {
    counters.sendFailures++;
    return false;
  }
}
