// Sends messages of sessions that are over, with the right key, from many addresses; started inside a network namespace.
// Argument: {key, to, addresses}. Prints {sending}, and goes on until it is killed.
import { createSecretKey } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { encodeHeartbeat } from '#speaker/heartbeat/message.ts';

type Argument = { readonly key: string; readonly to: readonly string[]; readonly addresses: readonly string[] };

const PORT = 7473;
const EVERY_MS = 200;
const { key, to, addresses } = JSON.parse(process.argv[2] ?? '') as Argument;
const secret = createSecretKey(Buffer.from(key, 'hex'));

addresses.forEach((address, i) => {
  const socket = createSocket('udp4').bind({ address });
  const old = { node: `node${100 + i}`, ready: true, session: BigInt(1_000 + i), sequence: 1n, echoes: [] };
  const bytes = encodeHeartbeat({ type: 'beat', ...old }, secret);
  socket.on('listening', () => {
    setInterval(() => {
      for (const peer of to) socket.send(bytes, PORT, peer);
    }, EVERY_MS);
  });
});
process.stdin.on('end', () => process.exit()).resume();
process.stdout.write('{"sending": true}\n');
