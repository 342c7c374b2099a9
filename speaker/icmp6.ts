// Raw ICMPv6 sockets of one interface (package raw-socket): memberships that the kernel reports by MLD, so that snooping
// switches forward solicitations to us, and unsolicited advertisements from the interface's own address.
import { loadRawSocket, type RawSocket } from './raw-socket.ts';

export type Icmp6 = {
  /** Throws when the kernel refuses: IPv6 is off on the interface. */
  join(group: Uint8Array): void;
  leave(group: Uint8Array): void;
  /** False where no socket could be opened; `onRefused` is called when the kernel did not take the message. */
  sendToAllNodes(message: Uint8Array, onRefused: () => void): boolean;
  close(): void;
};

// linux/in6.h and linux/icmpv6.h.
const IPPROTO_IPV6 = 41;
const IPPROTO_ICMPV6 = 58;
const IPV6_MULTICAST_IF = 17;
const IPV6_MULTICAST_HOPS = 18;
const IPV6_MULTICAST_LOOP = 19;
const IPV6_JOIN_GROUP = 20;
const IPV6_LEAVE_GROUP = 21;
const ICMP6_FILTER = 1;

const HOP_LIMIT = 255;
const ALL_NODES = 'ff02::1';
// The kernel bounds a socket's memberships by its option memory (net.core.optmem_max, 20 KB on older kernels).
const GROUPS_PER_SOCKET = 256;

type Member = { readonly socket: RawSocket; readonly groups: Set<string> };

export function openIcmp6(ifaceIndex: number): Icmp6 {
  const members: Member[] = [];
  const sender = tryOpen(ifaceIndex);
  if (sender) members.push({ socket: sender, groups: new Set() });
  const memberWithRoom = () => {
    const known = members.find(({ groups }) => groups.size < GROUPS_PER_SOCKET);
    if (known) return known;
    const added = { socket: open(ifaceIndex), groups: new Set<string>() };
    members.push(added);
    return added;
  };
  return {
    join(group) {
      const { socket, groups } = memberWithRoom();
      change(socket, IPV6_JOIN_GROUP, encodeMembership(group, ifaceIndex));
      groups.add(keyOf(group));
    },
    leave(group) {
      const member = members.find(({ groups }) => groups.delete(keyOf(group)));
      if (member) change(member.socket, IPV6_LEAVE_GROUP, encodeMembership(group, ifaceIndex));
    },
    sendToAllNodes(message, onRefused) {
      if (!sender) return false;
      sender.send(Buffer.from(message), 0, message.length, ALL_NODES, (error) => {
        if (error) onRefused();
      });
      return true;
    },
    close() {
      for (const { socket } of members) socket.close();
    },
  };
}

function tryOpen(ifaceIndex: number): RawSocket | undefined {
  try {
    return open(ifaceIndex);
  } catch {
    // No IPv6 in this kernel: packet sockets do without.
    return undefined;
  }
}

function open(ifaceIndex: number): RawSocket {
  const { createSocket, AddressFamily, Protocol } = loadRawSocket();
  const socket = createSocket({ protocol: Protocol.ICMPv6, addressFamily: AddressFamily.IPv6 });
  socket.on('error', () => {});
  // Set bits are message types not wanted: all of them, packet sockets hear what is for us.
  change(socket, ICMP6_FILTER, Buffer.alloc(32, 0xff));
  socket.pauseRecv();
  const number = (option: number, value: number) => socket.setOption(IPPROTO_IPV6, option, value);
  number(IPV6_MULTICAST_IF, ifaceIndex);
  number(IPV6_MULTICAST_HOPS, HOP_LIMIT);
  number(IPV6_MULTICAST_LOOP, 0);
  return socket;
}

function change(socket: RawSocket, option: number, value: Buffer): void {
  socket.setOption(option === ICMP6_FILTER ? IPPROTO_ICMPV6 : IPPROTO_IPV6, option, value, value.length);
}

/** `struct ipv6_mreq`: the group, then the interface in the machine's byte order. */
function encodeMembership(group: Uint8Array, ifaceIndex: number): Buffer {
  const bytes = Buffer.alloc(20);
  bytes.set(group);
  bytes.writeInt32LE(ifaceIndex, 16);
  return bytes;
}

function keyOf(group: Uint8Array): string {
  return Buffer.from(group).toString('hex');
}
