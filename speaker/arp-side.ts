// One interface's ARP side: answers requests for owned addresses, hears claims, sends gratuitous frames and probes.
import {
  ARP_REPLY,
  ARP_REQUEST,
  arpAddressOf,
  encodeArpRequest,
  encodeGratuitousArp,
  SENDER_MAC_OFFSET,
  senderIpOf,
  targetIpOf,
} from './arp.ts';
import { MAC_LENGTH } from './ethernet.ts';
import { isAllowedOn } from './owned.ts';
import { openArpSocket } from './packet-socket.ts';
import { createResponder, type DropReason } from './respond.ts';
import { countDrop, type Side, type SideContext, trySend } from './side.ts';

const OPERATIONS = [ARP_REQUEST, ARP_REPLY];

export function openArpSide(context: SideContext): Side {
  const { iface, owned, counters } = context;
  const respond = createResponder(iface, (ip) => isAllowedOn(owned.findNumber(ip), iface.name));
  const socket = openArpSocket(iface, (buffer, length) => {
    const reply = respond(buffer, length);
    if (typeof reply === 'string') {
      countDrop(counters, reply);
      reportClaim(context, buffer, reply);
      return;
    }
    const address = owned.findNumber(targetIpOf(buffer));
    if (address) address.requests++;
    if (trySend(socket, reply, counters) && address) address.replies++;
  });
  return {
    kinds: OPERATIONS.length,
    join: () => {},
    leave: () => {},
    announce({ announcement }, kind) {
      const operation = OPERATIONS[kind] ?? ARP_REQUEST;
      return trySend(socket, encodeGratuitousArp(iface.mac, arpAddressOf(announcement.ip), operation), counters);
    },
    probe({ announcement }) {
      trySend(socket, encodeArpRequest(iface.mac, 0, arpAddressOf(announcement.ip)), counters);
    },
    close: () => socket.close(),
  };
}

/** A probe by somebody else for an address we probe is a claim too (RFC 5227 section 2.1.1). */
function reportClaim({ iface, owned, probed, onClaim }: SideContext, frame: Uint8Array, reason: DropReason): void {
  if (reason !== 'SenderIsOwned' && (probed.size === 0 || (reason !== 'NotOwned' && reason !== 'NotRequest'))) return;
  const sender = senderIpOf(frame);
  const places = reason === 'SenderIsOwned' ? owned : probed;
  const address = places.findNumber(sender === 0 ? targetIpOf(frame) : sender);
  if (!isAllowedOn(address, iface.name)) return;
  onClaim({ address, iface: iface.name, mac: frame.slice(SENDER_MAC_OFFSET, SENDER_MAC_OFFSET + MAC_LENGTH) });
}
