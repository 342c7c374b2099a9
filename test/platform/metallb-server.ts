// Pods and a registration on a real socket: as much of an API server as `untilAlone` asks.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import type { MetalLbPodObject, RegistrationObject } from '#core/metallb.ts';
import type { Cluster } from '#platform/cluster.ts';
import { type ApiSocket, openApiSocket } from './api-socket.ts';

type Listed = MetalLbPodObject | RegistrationObject;
export type WrittenEvent = { readonly reason: string; readonly message: string; readonly involvedObject: object };
type Told = { readonly version: number; readonly type: string; readonly object: Listed };
type Watcher = { readonly response: ServerResponse; readonly isShown: (object: Listed) => boolean };

export class MetalLbServer {
  readonly events: WrittenEvent[] = [];
  readonly #objects = new Map<string, Listed>();
  readonly #watchers = new Set<Watcher>();
  /** A watch begins where a list ended, whatever happened in between. */
  readonly #told: Told[] = [];
  #socket: ApiSocket | undefined;
  #version = 1;

  async open(): Promise<Cluster> {
    this.#socket = await openApiSocket((request, response) => void this.#answer(request, response));
    return this.#socket.cluster;
  }

  close(): void {
    void this.#socket?.close();
  }

  put(object: Listed): void {
    const name = object.metadata?.name ?? '';
    const known = this.#objects.has(name);
    const versioned = { ...object, metadata: { ...object.metadata, resourceVersion: String(++this.#version) } };
    this.#objects.set(name, versioned);
    this.#tell(known ? 'MODIFIED' : 'ADDED', versioned);
  }

  remove(name: string): void {
    const object = this.#objects.get(name) ?? {};
    this.#objects.delete(name);
    this.#version++;
    this.#tell('DELETED', { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } });
  }

  #tell(type: string, object: Listed): void {
    const told = { version: this.#version, type, object };
    this.#told.push(told);
    for (const watcher of this.#watchers) show(watcher, told);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'POST') {
      this.events.push((await json(request)) as WrittenEvent);
      response.end('{}');
      return;
    }
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://x');
    const isShown = shownBy(pathname, searchParams);
    if (searchParams.has('watch')) {
      const watcher = { response, isShown };
      this.#watchers.add(watcher);
      response.flushHeaders();
      const from = Number(searchParams.get('resourceVersion'));
      for (const told of this.#told.filter(({ version }) => version > from)) show(watcher, told);
      return;
    }
    const metadata = { resourceVersion: String(this.#version) };
    response.end(JSON.stringify({ items: [...this.#objects.values()].filter(isShown), metadata }));
  }
}

function show({ response, isShown }: Watcher, { type, object }: Told): void {
  if (isShown(object)) response.write(`${JSON.stringify({ type, object })}\n`);
}

function shownBy(path: string, query: URLSearchParams): (object: Listed) => boolean {
  if (!path.endsWith('/pods'))
    return (object) => `metadata.name=${object.metadata?.name}` === query.get('fieldSelector');
  const [key = '', value] = query.get('labelSelector')?.split('=') ?? [];
  return (object) => (object as MetalLbPodObject).metadata?.labels?.[key] === value;
}
