// Run beside the API server: passes requests on to it and breaks a seeded part of them, as a bad day would.
// Prints the port it listens on, then a line for each fault that struck.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { request } from 'undici';
import { openCluster } from '#platform/cluster.ts';

const REQUEST_FAULTS = [409, 429, 500] as const;
const SHARE_OF_REQUESTS = 8;
/** A watch is dropped or told 410, in turn, after at most so many events. */
const EVENTS_MOST = 40;
const NEWLINE = 0x0a;

const { values } = parseArgs({ options: { seed: { type: 'string', default: '1' } } });
const dice = fc.sample(fc.nat(1_000_000), { numRuns: 20_000, seed: Number(values.seed) });
let thrown = 0;
const roll = (sides: number) => (dice[thrown++ % dice.length] ?? 0) % sides;
const cluster = openCluster();

const strike = (fault: string) => console.log(fault);

async function pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const isWatch = incoming.url?.includes('watch=true') ?? false;
  const isLease = incoming.url?.includes('/leases') ?? false;
  if (!(isWatch || isLease) && roll(SHARE_OF_REQUESTS) === 0) {
    const status = REQUEST_FAULTS[roll(REQUEST_FAULTS.length)] ?? 500;
    strike(String(status));
    outgoing.writeHead(status, { 'content-type': 'application/json' });
    outgoing.end(JSON.stringify({ kind: 'Status', code: status, reason: 'Injected', message: 'injected' }));
    return;
  }
  const { headers, dispatcher } = await cluster.authenticate();
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const response = await request(`${cluster.server}${incoming.url}`, {
    method: (incoming.method ?? 'GET') as 'GET',
    headers: { ...headers, 'content-type': incoming.headers['content-type'] ?? 'application/json' },
    body: chunks.length === 0 ? null : Buffer.concat(chunks),
    ...(dispatcher ? { dispatcher } : {}),
  });
  outgoing.writeHead(response.statusCode, { 'content-type': 'application/json' });
  if (isWatch) await passWatch(response.body, outgoing);
  else outgoing.end(Buffer.from(await response.body.arrayBuffer()));
}

let endings = 0;

/** Ends a watch early: by breaking the connection, or by the 410 that a compacted version gets. Passes whole events only. */
async function passWatch(body: AsyncIterable<Buffer> & { destroy(): void }, outgoing: ServerResponse): Promise<void> {
  let left = 1 + roll(EVENTS_MOST);
  let rest = Buffer.alloc(0);
  outgoing.once('close', () => body.destroy());
  for await (const chunk of body) {
    rest = Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE)) {
      if (left-- === 0) return endWatch(outgoing);
      outgoing.write(rest.subarray(0, end + 1));
      rest = rest.subarray(end + 1);
    }
  }
  outgoing.end();
}

function endWatch(outgoing: ServerResponse): void {
  const isGone = endings++ % 2 === 1;
  strike(isGone ? '410' : 'dropped watch');
  if (isGone) outgoing.end('{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}}\n');
  else outgoing.socket?.destroy();
}

const server = createServer((incoming, outgoing) => {
  pass(incoming, outgoing).catch(() => outgoing.socket?.destroy());
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
