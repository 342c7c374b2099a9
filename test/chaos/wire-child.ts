// Runs on a guest of the lab: records who claims and who answers for addresses on eth0, frame by frame, and asks for some.
// Argument: {ask: addresses, everyMs}. Prints {listening}, then batches of [ms on CLOCK_MONOTONIC, address, MAC, kind].
import { execFileSync } from 'node:child_process';
import { formatIp, parseIp } from '#core/ip.ts';
import { formatMac, parseMac } from '#core/mac.ts';
import { ARP_REPLY, arpAddressOf, decodeArp, encodeArpRequest } from '#speaker/arp.ts';
import { openArpSocket } from '#speaker/packet-socket.ts';

const FLUSH_MS = 5;
const { ask, everyMs } = JSON.parse(process.argv[2] ?? '') as { ask: string[]; everyMs: number };
// Not from /sys, which shows the network the mount came from.
const [link] = JSON.parse(execFileSync('ip', ['-j', 'address', 'show', 'eth0'], { encoding: 'utf8' })) as [
  { ifindex: number; address: string; addr_info: { family: string; local: string }[] },
];
const own = number(link.addr_info.find(({ family }) => family === 'inet')?.local ?? '');
const mac = parseMac(link.address) ?? new Uint8Array(6);
let batch: unknown[] = [];

function number(text: string): number {
  const ip = parseIp(text);
  if (!ip) throw new Error(`Cannot watch: "${text}" is not an address`);
  return arpAddressOf(ip);
}

const socket = openArpSocket({ name: 'eth0', index: link.ifindex, mac }, (buffer, length) => {
  const at = Number(process.hrtime.bigint()) / 1e6;
  const packet = decodeArp(buffer.subarray(0, length));
  if (typeof packet === 'string') return;
  const { operation, senderIp, targetIp, senderMac } = packet;
  const isAnswer = operation === ARP_REPLY && targetIp === own;
  if (!isAnswer && senderIp !== targetIp) return;
  const ip = formatIp({ family: 4, value: BigInt(senderIp) });
  batch.push([at, ip, formatMac(senderMac), isAnswer ? 'answer' : 'claim']);
});
const questions = ask.map((text) => encodeArpRequest(mac, own, number(text)));
if (questions.length > 0) {
  setInterval(() => {
    for (const question of questions) socket.send(question);
  }, everyMs);
}
setInterval(() => {
  if (batch.length === 0) return;
  process.stdout.write(`${JSON.stringify(batch)}\n`);
  batch = [];
}, FLUSH_MS);
process.stdout.write('{"listening": true}\n');
