// The heartbeat thread: a busy main thread must not look like a dead node.
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { FromHeartbeat, HeartbeatSettings, ToHeartbeat } from './protocol.ts';
import { HeartbeatSocket } from './socket.ts';

const NICE = -10;

if (!parentPort) throw new Error('Cannot run speaker/heartbeat/worker.ts by itself: wanted a worker thread');
const port = parentPort;

try {
  // 0 is the calling thread alone.
  setPriority(0, NICE);
} catch {
  // Without CAP_SYS_NICE it runs at normal priority.
}

const socket = new HeartbeatSocket(workerData as HeartbeatSettings, (message: FromHeartbeat) =>
  port.postMessage(message),
);
port.on('message', (message: ToHeartbeat) => {
  socket.handle(message);
  if (message.kind === 'leave') port.unref();
});
