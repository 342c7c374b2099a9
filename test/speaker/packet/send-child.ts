// Sends frames given as hex on eth0, then ends; started inside a network namespace.
import { readFileSync } from 'node:fs';
import { openArpSocket } from '#speaker/packet-socket.ts';

const frames = JSON.parse(process.argv[2] ?? '[]') as string[];
const index = Number(readFileSync('/sys/class/net/eth0/ifindex', 'latin1'));
const socket = openArpSocket({ name: 'eth0', index, mac: new Uint8Array(6) }, () => {});
for (const frame of frames) socket.send(Buffer.from(frame, 'hex'));
socket.close();
