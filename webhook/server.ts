// The HTTPS server: TLS 1.3, certificates changed in place, connections kept longer than the API server keeps them.
import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export type ServingCertificate = { readonly certificate: string; readonly key: string };

export type ReviewServer = {
  readonly port: number;
  /** New connections get this certificate; the open ones go on. */
  useCertificate(serving: ServingCertificate): void;
  /** Goes on answering until nobody is connected or the time is over, then closes. */
  drain(limits?: DrainLimits): Promise<void>;
};

export type ReviewServerOptions = {
  readonly app: RequestListener;
  readonly port: number;
  /** Default: all addresses. */
  readonly host?: string;
  readonly serving: ServingCertificate;
};

/** `leastMs` lets the news travel that this replica leaves. */
export type DrainLimits = { readonly leastMs: number; readonly mostMs: number };

// The API server keeps idle connections for 90 s and does not retry; whoever closes first loses a review.
const KEEP_ALIVE_MS = 120_000;
const REQUEST_TIMEOUT_MS = 30_000;
const DRAIN: DrainLimits = { leastMs: 1_000, mostMs: 3_000 };
const DRAIN_STEP_MS = 50;

export async function openReviewServer({ app, port, host, serving }: ReviewServerOptions): Promise<ReviewServer> {
  const server = createServer({ ...contextOf(serving), minVersion: 'TLSv1.3' }, app);
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(new Error(`Cannot serve reviews on port ${port}`, { cause })));
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    useCertificate: (next) => server.setSecureContext({ ...contextOf(next), minVersion: 'TLSv1.3' }),
    drain: (limits = DRAIN) => drain(server, limits),
  };
}

function contextOf({ certificate, key }: ServingCertificate): { cert: string; key: string } {
  return { cert: certificate, key };
}

async function drain(server: Server, { leastMs, mostMs }: DrainLimits): Promise<void> {
  const started = performance.now();
  await delay(leastMs);
  while (performance.now() - started < mostMs && (await countConnections(server)) > 0) await delay(DRAIN_STEP_MS);
  server.close();
  server.closeAllConnections();
}

function countConnections(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => {
      if (error) reject(error);
      else resolve(count);
    });
  });
}
