// Runs the heartbeat thread; started inside a network namespace. Argument: {node, address, key, peers}.
// Prints {view} and {verdict} lines; input lines: {counts: true}, {key}, {blockMs}, {leave: true}.
import { createInterface } from 'node:readline';
import { openHeartbeat } from '#speaker/heartbeat/channel.ts';
import type { PeerAddress } from '#speaker/heartbeat/protocol.ts';

type Argument = { node: string; address: string; key: string; peers: PeerAddress[] };

const say = (line: object) =>
  process.stdout.write(`${JSON.stringify({ at: performance.timeOrigin + performance.now(), ...line })}\n`);

const { node, address, key, peers } = JSON.parse(process.argv[2] ?? '') as Argument;
const heartbeat = openHeartbeat(
  { node, address, port: 7473, intervalMs: 50, deadlineMs: 200, sticky: false },
  {
    onView: ({ live, settled }) =>
      say({
        view: live
          .filter((peer) => peer.ready)
          .map((peer) => peer.node)
          .sort()
          .join(),
        settled,
      }),
    onVerdict: (verdict) => say({ verdict }),
    onStalled: (ms) => say({ stalled: ms }),
    onError: (error) => {
      throw error;
    },
  },
);
heartbeat.setKey(Buffer.from(key, 'hex'));
heartbeat.setPeers(peers);
heartbeat.setReady(true);

const input = createInterface(process.stdin);
// The test is gone.
input.on('close', () => process.exit());
input.on('line', async (text) => {
  const command = JSON.parse(text) as { counts?: true; key?: string; blockMs?: number; leave?: true };
  if (command.counts) say({ counts: heartbeat.counts() });
  if (command.key) heartbeat.setKey(Buffer.from(command.key, 'hex'));
  if (command.blockMs) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, command.blockMs);
  if (command.leave) {
    const started = performance.now();
    await heartbeat.leave();
    say({ leftAfterMs: performance.now() - started });
    process.exit();
  }
});
