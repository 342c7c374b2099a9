// Asks the gateway for an echo once per interval, by raw sockets (package raw-socket): does this node still reach the world?
import { randomBytes } from 'node:crypto';
import type { Family } from '#core/ip.ts';
import type { Standing } from './heartbeat/standing.ts';
import { type Echo, encodeEcho, isReplyTo } from './icmp-echo.ts';
import { readRoutes } from './links.ts';
import { loadRawSocket, type RawSocket } from './raw-socket.ts';
import { defaultGateway } from './routes.ts';
import { Uplink } from './uplink.ts';

export type UplinkSettings = {
  /** An address, or `auto` for the gateway of the default route. */
  readonly target: string;
  readonly intervalMs: number;
  /** Losses in a row that take the node out. */
  readonly failures: number;
};

export type UplinkProbe = {
  state(): Standing['uplink'];
  close(): void;
};

export type UplinkListeners = {
  /** A peer that can announce says that its uplink works. */
  readonly isWitnessed: () => boolean;
  readonly onChange: (change: UplinkChange) => void;
};

export type UplinkChange = {
  readonly state: Standing['uplink'];
  readonly before: Standing['uplink'];
  readonly target: string | undefined;
};

type Sent = { readonly family: Family; readonly echo: Echo; isAnswered: boolean };

// linux/icmp.h and linux/icmpv6.h: set bits are types not wanted, all but echo replies.
const SOL_RAW = 255;
const ICMP_FILTER = 1;
const NOT_ECHO_REPLY = 0xffff_fffe;
const IPPROTO_ICMPV6 = 58;
const ICMP6_FILTER = 1;
const NOT_ECHO_REPLY6 = Buffer.alloc(32, 0xff).fill(0xfd, 16, 17);
const DATA_LENGTH = 8;

export function openUplinkProbe(settings: UplinkSettings, { isWitnessed, onChange }: UplinkListeners): UplinkProbe {
  const uplink = new Uplink(settings.failures);
  const sockets = new Map<Family, RawSocket>();
  const id = randomBytes(2).readUInt16BE();
  let sequence = 0;
  let sent: Sent | undefined;
  let target: string | undefined;
  let isClosed = false;

  const hear = (family: Family, packet: Uint8Array) => {
    if (sent?.family === family && isReplyTo(family, packet, sent.echo)) sent.isAnswered = true;
  };
  const turn = () => {
    if (isClosed) return;
    const before = uplink.state;
    if (sent) uplink.note(sent.isAnswered, isWitnessed());
    const { state } = uplink;
    if (state !== before) onChange({ state, before, target });
    // Looked up again when it does not answer; a default route that is gone is as bad as a gateway that is.
    if (!sent?.isAnswered) target = findTarget(settings.target) ?? target;
    if (target === undefined) return;
    sequence = (sequence + 1) & 0xffff;
    const family = target.includes(':') ? 6 : 4;
    sent = { family, echo: { id, sequence, data: randomBytes(DATA_LENGTH) }, isAnswered: false };
    const socket = sockets.get(family) ?? open(family, (packet) => hear(family, packet));
    sockets.set(family, socket);
    send(socket, target, sent);
  };
  turn();
  // After a stall timers run before sockets: an answer that waits is read first.
  const timer = setInterval(() => setImmediate(turn), settings.intervalMs);
  return {
    state: () => uplink.state,
    close() {
      isClosed = true;
      clearInterval(timer);
      for (const socket of sockets.values()) socket.close();
    },
  };
}

function findTarget(target: string): string | undefined {
  return target === 'auto' ? defaultGateway(readRoutes()) : target;
}

function open(family: Family, onPacket: (packet: Uint8Array) => void): RawSocket {
  const { createSocket, AddressFamily, Protocol } = loadRawSocket();
  const socket = createSocket(
    family === 4
      ? { protocol: Protocol.ICMP, addressFamily: AddressFamily.IPv4 }
      : { protocol: Protocol.ICMPv6, addressFamily: AddressFamily.IPv6 },
  );
  socket.on('error', () => {});
  socket.on('message', onPacket);
  if (family === 4) socket.setOption(SOL_RAW, ICMP_FILTER, NOT_ECHO_REPLY);
  else socket.setOption(IPPROTO_ICMPV6, ICMP6_FILTER, NOT_ECHO_REPLY6, NOT_ECHO_REPLY6.length);
  return socket;
}

/** What the kernel does not take (no route) gets no answer either. */
function send(socket: RawSocket, target: string, { family, echo }: Sent): void {
  const message = Buffer.from(encodeEcho(family, echo));
  socket.send(message, 0, message.length, target, () => {});
}
