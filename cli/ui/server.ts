// Serves the page on 127.0.0.1 and nowhere else: its files, and one stream of server-sent events for each open page.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Asset } from './assets.ts';
import type { Explained } from './explained.ts';
import { admit, type Place } from './gate.ts';
import { changedParts, formatParts, type Parts } from './view.ts';

export type PageServer = {
  readonly url: string;
  /** Open pages get what is new, a page that opens gets all. */
  publish(parts: Parts): void;
};

export type PageServerOptions = {
  /** 0: any free one. */
  readonly port: number;
  readonly key: string;
  readonly assets: ReadonlyMap<string, Asset>;
  /** The Service is `namespace/name`, as a browser sent it. */
  readonly explain: (service: string) => Promise<Explained>;
  readonly signal: AbortSignal;
};

const HOST = '127.0.0.1';
const STREAM = 'events';
const EXPLAIN = 'explain/';
/** A page that does not read so many octets is cut off; it comes back by itself and gets the whole state. */
const WAITING_MOST = 1 << 24;

const HEADERS = {
  'content-security-policy': "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};

export async function openPageServer({ port, key, assets, explain, signal }: PageServerOptions): Promise<PageServer> {
  const streams = new Set<ServerResponse>();
  let current: Parts = new Map();
  let place: Place = { host: '', key };

  const serveStream = (response: ServerResponse) => {
    response.writeHead(200, { ...HEADERS, 'content-type': 'text/event-stream' });
    streams.add(response);
    response.once('close', () => streams.delete(response));
    if (current.size > 0) send(response, current);
  };
  const serveExplanation = async (response: ServerResponse, service: string) => {
    const answer = JSON.stringify(await explain(service));
    response.writeHead(200, { ...HEADERS, 'content-type': 'application/json' }).end(answer);
  };
  const server = createServer((request, response) => {
    const admission = admit(askedBy(request), place);
    if (!admission.ok) return refuse(response, admission.status);
    const { name } = admission;
    if (name === STREAM) return serveStream(response);
    if (name.startsWith(EXPLAIN)) return void serveExplanation(response, name.slice(EXPLAIN.length));
    const asset = assets.get(name);
    if (!asset) return refuse(response, 404);
    response.writeHead(200, { ...HEADERS, 'content-type': asset.type }).end(asset.body);
  });

  await listen(server, port);
  place = { host: `${HOST}:${(server.address() as AddressInfo).port}`, key };
  signal.addEventListener('abort', () => {
    server.close();
    server.closeAllConnections();
  });
  return {
    url: `http://${place.host}/${key}/`,
    publish(parts) {
      const changed = changedParts(current, parts);
      current = parts;
      if (changed.size > 0) for (const stream of streams) send(stream, changed);
    },
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => reject(new Error(`Cannot serve the page on ${HOST}:${port}`, { cause })));
    server.listen(port, HOST, resolve);
  });
}

function askedBy({ method, url, headers }: IncomingMessage) {
  return { method, url, host: headers.host, origin: headers.origin };
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, HEADERS).end();
}

function send(stream: ServerResponse, parts: Parts): void {
  if (stream.writableLength > WAITING_MOST) stream.destroy();
  else stream.write(`data: ${formatParts(parts)}\n\n`);
}
