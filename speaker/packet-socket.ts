// A packet socket for one protocol on one interface: frames in through one reused buffer, frames out.
import { ETHERTYPE_ARP } from './arp.ts';
import { buildArpFilter } from './arp-filter.ts';
import type { Iface } from './iface.ts';
import { loadAddon } from './native/addon.ts';
import { ETHERTYPE_IPV6 } from './ndp.ts';
import { buildNdpFilter } from './ndp-filter.ts';
import { encodeFilter } from './packet-filter.ts';

export type PacketSocket = {
  /** Throws an Error with `code` when the kernel refuses (ENETDOWN, ENOBUFS, ...). */
  send(frame: Uint8Array): void;
  /** Lets frames for a multicast MAC through the interface's own filter, until the socket closes or leaves. */
  joinGroup(mac: Uint8Array): void;
  leaveGroup(mac: Uint8Array): void;
  close(): void;
};

/** Gets the shared buffer; its first `length` bytes are the frame until it returns. */
export type OnFrame = (buffer: Uint8Array, length: number) => void;

// What we answer has 42 to 118 bytes; a longer frame than this is cut off by the filter or refused by its length.
const BUFFER_LENGTH = 2048;
const FILTERS = { [ETHERTYPE_ARP]: buildArpFilter(), [ETHERTYPE_IPV6]: buildNdpFilter() };

export function openArpSocket(iface: Iface, onFrame: OnFrame): PacketSocket {
  return open(iface, ETHERTYPE_ARP, onFrame);
}

export function openNdpSocket(iface: Iface, onFrame: OnFrame): PacketSocket {
  return open(iface, ETHERTYPE_IPV6, onFrame);
}

function open({ name, index }: Iface, etherType: keyof typeof FILTERS, onFrame: OnFrame): PacketSocket {
  const addon = loadAddon();
  const buffer = new Uint8Array(BUFFER_LENGTH);
  const filter = encodeFilter(FILTERS[etherType]);
  const handle = addon.openPacketSocket({ name, index, etherType, filter, buffer }, (length) => {
    onFrame(buffer, length);
  });
  return {
    send: (frame) => addon.sendFrame(handle, frame),
    joinGroup: (mac) => addon.joinGroup(handle, index, mac),
    leaveGroup: (mac) => addon.leaveGroup(handle, index, mac),
    close: () => addon.close(handle),
  };
}
