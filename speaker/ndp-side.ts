// One interface's NDP side: answers solicitations for owned addresses, hears claims, sends unsolicited advertisements
// and probes, and is a member of the groups that solicitations go to.
import { MAC_LENGTH, SOURCE_OFFSET } from './ethernet.ts';
import { openIcmp6 } from './icmp6.ts';
import {
  encodeNdpProbe,
  encodeUnsolicitedNdp,
  isUnspecifiedIp,
  messageOf,
  multicastMacOf,
  SOLICITATION,
  SOURCE_IP_OFFSET,
  solicitedNodeOf,
  TARGET_OFFSET,
  typeOf,
} from './ndp.ts';
import { isAllowedOn, type OwnedAddress } from './owned.ts';
import { openNdpSocket, type PacketSocket } from './packet-socket.ts';
import { createNdpResponder, type NdpDropReason } from './respond-ndp.ts';
import { countDrop, type Side, type SideContext, trySend } from './side.ts';

export function openNdpSide(context: SideContext): Side {
  const { iface, owned, counters } = context;
  const respond = createNdpResponder(iface, (frame, at) => isAllowedOn(owned.findOctets(frame, at), iface.name));
  const socket = openNdpSocket(iface, (buffer, length) => {
    const reply = respond(buffer, length);
    if (typeof reply === 'string') {
      countDrop(counters, reply);
      reportClaim(context, buffer, reply);
      return;
    }
    const address = owned.findOctets(buffer, TARGET_OFFSET);
    if (address) address.requests++;
    if (trySend(socket, reply, counters) && address) address.replies++;
  });
  const icmp6 = openIcmp6(iface.index);
  const groups = new Groups(context, socket, icmp6);
  return {
    kinds: 1,
    join: (address) => groups.join(address),
    leave: (address) => groups.leave(address),
    announce({ bytes }) {
      const frame = encodeUnsolicitedNdp(iface.mac, bytes);
      // Without an address of its own the interface's own stack cannot send; the frame can.
      if (!icmp6.sendToAllNodes(messageOf(frame), () => trySend(socket, frame, counters)))
        return trySend(socket, frame, counters);
      return true;
    },
    probe({ bytes }) {
      trySend(socket, encodeNdpProbe(iface.mac, bytes), counters);
    },
    close() {
      socket.close();
      icmp6.close();
    },
  };
}

/** Addresses that end in the same 24 bits share a group: it is left with the last of them. */
class Groups {
  readonly #context: SideContext;
  readonly #socket: PacketSocket;
  readonly #icmp6: ReturnType<typeof openIcmp6>;
  readonly #members = new Map<string, Set<OwnedAddress>>();

  constructor(context: SideContext, socket: PacketSocket, icmp6: ReturnType<typeof openIcmp6>) {
    this.#context = context;
    this.#socket = socket;
    this.#icmp6 = icmp6;
  }

  join(address: OwnedAddress): void {
    const { group, key } = groupOf(address);
    const members = this.#members.get(key) ?? new Set();
    this.#members.set(key, members.add(address));
    if (members.size > 1) return;
    this.#try(() => this.#socket.joinGroup(multicastMacOf(group)));
    this.#try(() => this.#icmp6.join(group));
  }

  leave(address: OwnedAddress): void {
    const { group, key } = groupOf(address);
    const members = this.#members.get(key);
    if (!members?.delete(address) || members.size > 0) return;
    this.#members.delete(key);
    this.#try(() => this.#socket.leaveGroup(multicastMacOf(group)));
    this.#try(() => this.#icmp6.leave(group));
  }

  /** One of the two ways is enough on most networks; a failure is counted. */
  #try(change: () => void): void {
    try {
      change();
    } catch {
      this.#context.counters.groupFailures++;
    }
  }
}

function groupOf({ bytes }: OwnedAddress): { group: Uint8Array; key: string } {
  return { group: solicitedNodeOf(bytes), key: Buffer.from(bytes.subarray(13)).toString('hex') };
}

/** An advertisement says so of its target, a solicitation of its source; from `::` it probes as we do. */
function reportClaim({ iface, owned, probed, onClaim }: SideContext, frame: Uint8Array, reason: NdpDropReason): void {
  if (reason !== 'SenderIsOwned' && (probed.size === 0 || (reason !== 'NotOwned' && reason !== 'NotRequest'))) return;
  const isFromSource = typeOf(frame) === SOLICITATION && !isUnspecifiedIp(frame, SOURCE_IP_OFFSET);
  const places = reason === 'SenderIsOwned' ? owned : probed;
  const address = places.findOctets(frame, isFromSource ? SOURCE_IP_OFFSET : TARGET_OFFSET);
  if (!isAllowedOn(address, iface.name)) return;
  onClaim({ address, iface: iface.name, mac: frame.slice(SOURCE_OFFSET, SOURCE_OFFSET + MAC_LENGTH) });
}
