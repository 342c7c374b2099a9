// The lab's one long-running process: plays kubelet for all nodes and serves the other commands on a socket.
import { rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { openApi } from './api.ts';
import { messageOf } from './failure.ts';
import { openKubelet } from './kubelet/kubelet.ts';
import { openLogServer } from './kubelet/log-server.ts';
import { filesOf, requireRecord } from './state.ts';

const name = process.argv[2] ?? '';
const record = requireRecord(name);
const { socket } = filesOf(name);
const api = openApi(record);
const kubelet = openKubelet(record, api);

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.once('end', () => {
    const body = chunks.length > 0 ? (JSON.parse(Buffer.concat(chunks).toString()) as Record<string, string>) : {};
    const answer = (status: number, content: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content));
    };
    kubelet.answer(request.url ?? '', body).then(
      (content) => answer(200, content),
      (error: unknown) => answer(400, { message: messageOf(error) }),
    );
  });
});
rmSync(socket, { force: true });
server.listen(socket);

process.on('unhandledRejection', (error) => console.log(`unhandled: ${error instanceof Error ? error.stack : error}`));

for (;;) {
  const isReady = await api.call<unknown>('GET', '/readyz', { within: 1000 }).then(
    () => true,
    () => false,
  );
  if (isReady) break;
  await delay(50);
}
openLogServer(record, kubelet.logOf);
await kubelet.start();
