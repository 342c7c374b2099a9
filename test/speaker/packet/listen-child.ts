// Records gratuitous ARP frames and probes on eth0 for a while; started inside a network namespace. Argument: {forMs}.
// Prints {listening}, then {frames: [[ms since the first of either, address], ...], probes: the same}.
import { readFileSync } from 'node:fs';
import { decodeArp } from '#speaker/arp.ts';
import { openArpSocket } from '#speaker/packet-socket.ts';

const { forMs } = JSON.parse(process.argv[2] ?? '') as { forMs: number };
const index = Number(readFileSync('/sys/class/net/eth0/ifindex', 'latin1'));
const frames: [number, number][] = [];
const probes: [number, number][] = [];
let firstAt = 0;

const socket = openArpSocket({ name: 'eth0', index, mac: new Uint8Array(6) }, (buffer, length) => {
  const packet = decodeArp(buffer.subarray(0, length));
  if (typeof packet === 'string') return;
  const { senderIp, targetIp } = packet;
  if (senderIp !== targetIp && senderIp !== 0) return;
  const now = performance.now();
  if (firstAt === 0) {
    firstAt = now;
    setTimeout(end, forMs);
  }
  (senderIp === 0 ? probes : frames).push([now - firstAt, targetIp]);
});

process.stdout.write('{"listening": true}\n');

function end(): void {
  socket.close();
  process.stdout.write(`${JSON.stringify({ frames, probes })}\n`);
}
