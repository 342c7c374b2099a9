// Liveness, readiness and metrics over plain HTTP: /healthz, /readyz, /metrics.
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';

export type HealthOptions = {
  readonly port: number;
  /** Default: all addresses. */
  readonly host?: string;
  readonly isReady: () => boolean;
  /** One sentence for whoever asks. */
  readonly whyNot?: () => string;
  readonly metrics: Registry;
  readonly signal: AbortSignal;
};

/** Listens until `signal` is aborted; rejects when the port cannot be had. */
export async function openHealthServer(options: HealthOptions): Promise<Server> {
  const server = createServer((request, response) => {
    void answer(request.url ?? '/', response, options);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      reject(new Error(`Cannot serve health on port ${options.port}`, { cause }));
    });
    server.listen(options.port, options.host, resolve);
  });
  options.signal.addEventListener('abort', () => {
    server.close();
    server.closeAllConnections();
  });
  return server;
}

async function answer(url: string, response: ServerResponse, options: HealthOptions): Promise<void> {
  const { isReady, whyNot, metrics } = options;
  if (url === '/healthz') return send(response, 200, 'ok\n');
  if (url === '/readyz') {
    const why = whyNot ? `: ${whyNot()}` : '';
    return isReady() ? send(response, 200, 'ok\n') : send(response, 503, `not ready${why}\n`);
  }
  if (url === '/metrics') {
    const text = await metrics.metrics();
    response.setHeader('content-type', metrics.contentType);
    return send(response, 200, text);
  }
  return send(response, 404, 'wanted /healthz, /readyz or /metrics\n');
}

function send(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status).end(text);
}
