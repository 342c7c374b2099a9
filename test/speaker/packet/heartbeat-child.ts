// Runs the heartbeat thread; started inside a network namespace. Argument: {node, address, key, peers, deadlineMs,
// sticky?}.
// Prints {view} and {verdict} lines; input lines: {counts: true}, {key}, {blockMs}, {drain}, {marks}, {leave: true}.
import { createInterface } from 'node:readline';
import { openHeartbeat } from '#speaker/heartbeat/channel.ts';
import type { PeerAddress } from '#speaker/heartbeat/protocol.ts';

type Argument = {
  node: string;
  address: string;
  key: string;
  peers: PeerAddress[];
  deadlineMs: number;
  sticky?: boolean;
};

const say = (line: object) =>
  process.stdout.write(`${JSON.stringify({ at: performance.timeOrigin + performance.now(), ...line })}\n`);

const { node, address, key, peers, deadlineMs, sticky = false } = JSON.parse(process.argv[2] ?? '') as Argument;
const heartbeat = openHeartbeat(
  { node, address, port: 7473, intervalMs: 50, deadlineMs, sticky },
  {
    onView: ({ live, settled }) =>
      say({
        view: live
          .filter((peer) => peer.ready)
          .map((peer) => peer.node)
          .sort()
          .join(),
        draining: live.filter(({ standing }) => standing?.draining).map((peer) => peer.node),
        holders: live
          .filter(({ holdings }) => holdings?.isComplete && holdings.marks.length > 0)
          .map((peer) => peer.node),
        settled,
      }),
    onVerdict: (verdict) => say({ verdict }),
    onStalled: (ms) => say({ stalled: ms }),
    onAccused: () => say({ accused: true }),
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
  const command = JSON.parse(text) as {
    counts?: true;
    key?: string;
    blockMs?: number;
    drain?: boolean;
    marks?: number[];
    leave?: true;
  };
  if (command.counts) say({ counts: heartbeat.counts() });
  if (command.key) heartbeat.setKey(Buffer.from(command.key, 'hex'));
  if (command.blockMs) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, command.blockMs);
  if (command.drain !== undefined) heartbeat.setStanding({ draining: command.drain, uplink: 'unknown' });
  if (command.marks) heartbeat.setHoldings({ marks: command.marks, weak: false });
  if (command.leave) {
    const started = performance.now();
    await heartbeat.leave();
    say({ leftAfterMs: performance.now() - started });
    process.exit();
  }
});
