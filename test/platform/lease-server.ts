// One Lease on a real socket: as much of an API server as `openLease` needs.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Cluster } from '#platform/cluster.ts';
import type { LeaseObject } from '#platform/lease-decision.ts';
import { type ApiSocket, openApiSocket } from './api-socket.ts';

export class LeaseServer {
  #lease: LeaseObject | undefined;
  #version = 1;
  readonly #watchers = new Set<ServerResponse>();
  #socket: ApiSocket | undefined;

  async open(): Promise<Cluster> {
    this.#socket = await openApiSocket((request, response) => void this.#answer(request, response));
    return this.#socket.cluster;
  }

  close(): void {
    void this.#socket?.close();
  }

  holder(): string | undefined {
    return this.#lease?.spec?.holderIdentity ?? undefined;
  }

  watchers(): number {
    return this.#watchers.size;
  }

  /** As somebody else writes it. */
  put(holderIdentity: string): void {
    this.#store({ spec: { holderIdentity, leaseDurationSeconds: 6 } });
  }

  delete(): void {
    const gone = this.#lease;
    this.#lease = undefined;
    this.#version++;
    this.#tell('DELETED', { ...gone, metadata: { ...gone?.metadata, resourceVersion: String(this.#version) } });
  }

  #store({ spec }: LeaseObject): LeaseObject {
    const type = this.#lease ? 'MODIFIED' : 'ADDED';
    const metadata = { namespace: 'ours', name: 'lease', resourceVersion: String(++this.#version) };
    this.#lease = { metadata, ...(spec ? { spec } : {}) };
    this.#tell(type, this.#lease);
    return this.#lease;
  }

  #tell(type: string, object: object): void {
    for (const watcher of this.#watchers) watcher.write(`${JSON.stringify({ type, object })}\n`);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'GET') {
      const body = JSON.parse(await text(request)) as LeaseObject;
      const version = body.metadata?.resourceVersion;
      response.statusCode = version === this.#lease?.metadata?.resourceVersion ? 200 : 409;
      response.end(JSON.stringify(response.statusCode === 409 ? {} : this.#store(body)));
    } else if (new URL(request.url ?? '', 'http://x').searchParams.has('watch')) {
      this.#watchers.add(response);
      response.flushHeaders();
    } else {
      const metadata = { resourceVersion: String(this.#version) };
      response.end(JSON.stringify({ items: this.#lease ? [this.#lease] : [], metadata }));
    }
  }
}
