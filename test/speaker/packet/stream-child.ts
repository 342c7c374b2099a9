// Asks for an address again and again and counts the answers; started inside a network namespace.
// Argument: {ip, everyMs}. Prints {asking}; on {stop: true} {asked, answered, lastAt} once the last answer had its time;
// lastAt is when the last answered request was answered, in ms of the clock that all processes share.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseIp } from '#core/ip.ts';
import { parseMac } from '#core/mac.ts';
import { ARP_REPLY, arpAddressOf, encodeArpRequest, operationOf, senderIpOf } from '#speaker/arp.ts';
import { openArpSocket } from '#speaker/packet-socket.ts';

const { ip: text, everyMs } = JSON.parse(process.argv[2] ?? '') as { ip: string; everyMs: number };
const fact = (name: string) => readFileSync(`/sys/class/net/eth0/${name}`, 'latin1').trim();
const mac = parseMac(fact('address')) ?? new Uint8Array(6);
const ip = parseIp(text);
if (!ip) throw new Error(`"${text}" is not an address`);
const target = arpAddressOf(ip);
const request = encodeArpRequest(mac, 0x0a090002, target);
let asked = 0;
let answered = 0;
let lastAt = 0;

const socket = openArpSocket({ name: 'eth0', index: Number(fact('ifindex')), mac }, (frame) => {
  if (operationOf(frame) !== ARP_REPLY || senderIpOf(frame) !== target) return;
  answered++;
  lastAt = Number(process.hrtime.bigint()) / 1e6;
});
const timer = setInterval(() => {
  socket.send(request);
  asked++;
}, everyMs);
process.stdout.write('{"asking": true}\n');

const LAST_ANSWER_MS = 200;
const input = createInterface(process.stdin);
input.on('close', () => process.exit());
input.on('line', () => {
  clearInterval(timer);
  setTimeout(() => process.stdout.write(`${JSON.stringify({ asked, answered, lastAt })}\n`), LAST_ANSWER_MS);
});
