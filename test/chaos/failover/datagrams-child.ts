// Runs on a guest of the lab: sends the datagrams of a file, round after round. Argument: {file, port, rounds, everyMs}.
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

type Plan = { readonly file: string; readonly port: number; readonly rounds: number; readonly everyMs: number };

const { file, port, rounds, everyMs } = JSON.parse(process.argv[2] ?? '') as Plan;
const datagrams = JSON.parse(readFileSync(file, 'utf8')) as { to: string; hex: string }[];
const socket = createSocket('udp4');
for (let round = 0; round < rounds; round++) {
  for (const { to, hex } of datagrams) socket.send(Buffer.from(hex, 'hex'), port, to);
  await delay(everyMs);
}
socket.close();
