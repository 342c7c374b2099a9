// A small client of the API server for the supervisor: requests, and lists that are followed for ever.
import { readFileSync } from 'node:fs';
import { Agent, type RequestOptions, request } from 'node:https';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { adminToken, authorityFile } from './control-plane.ts';
import { messageOf } from './failure.ts';
import { controlPlace, internalOf } from './place.ts';
import type { LabRecord } from './state.ts';

export type ApiMeta = { readonly name: string; readonly namespace?: string; readonly uid: string };
export type ApiObject = { readonly metadata: ApiMeta };

export class ApiError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export type ApiCall = { readonly body?: unknown; readonly contentType?: string; readonly within?: number };
export type Follow<T> = {
  /** The whole list, at the start and after every gap. */
  readonly replaceAll: (objects: readonly T[]) => void;
  readonly put: (object: T) => void;
  readonly remove: (object: T) => void;
};

export type Api = {
  call<T>(method: string, path: string, call?: ApiCall): Promise<T>;
  follow<T extends ApiObject>(path: string, handler: Follow<T>): void;
};

type WatchLine<T> = { readonly type: string; readonly object: T & { metadata: { resourceVersion: string } } };

export function openApi(record: LabRecord): Api {
  const { name: lab } = record;
  const agent = new Agent({ keepAlive: true });
  const optionsOf = (method: string, path: string): RequestOptions => ({
    ...{ host: internalOf(controlPlace(record)).ipv4, port: 6443, method, path, agent },
    ca: readFileSync(authorityFile(lab)),
    headers: { authorization: `Bearer ${adminToken(lab)}`, accept: 'application/json' },
  });

  async function call<T>(
    method: string,
    path: string,
    { body, contentType, within = 10_000 }: ApiCall = {},
  ): Promise<T> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const options = optionsOf(method, path);
    if (text !== undefined) {
      const headers = { 'content-type': contentType ?? 'application/json', 'content-length': Buffer.byteLength(text) };
      options.headers = { ...options.headers, ...headers };
    }
    const { status, answer } = await exchange(options, text, within);
    if (status >= 200 && status < 300) return answer as T;
    throw new ApiError(status, (answer as { message?: string }).message ?? `${method} ${path} answered ${status}`);
  }

  async function watchOnce<T>(path: string, version: string, handler: Follow<T>): Promise<void> {
    const query = `${path.includes('?') ? '&' : '?'}watch=1&resourceVersion=${version}&allowWatchBookmarks=true`;
    const options = { ...optionsOf('GET', path + query), agent: new Agent({ keepAlive: true }) };
    await new Promise<void>((resolve, reject) => {
      const outgoing = request(options, (response) => {
        response.once('error', reject);
        const lines = createInterface({ input: response });
        lines.on('line', (line) => {
          const event = JSON.parse(line) as WatchLine<T>;
          if (event.type === 'ADDED' || event.type === 'MODIFIED') handler.put(event.object);
          if (event.type === 'DELETED') handler.remove(event.object);
          if (event.type === 'ERROR') outgoing.destroy();
        });
        // A server that is killed breaks the stream; the interface says so once more.
        lines.on('error', reject);
        lines.once('close', resolve);
      });
      outgoing.once('error', reject);
      outgoing.end();
    });
  }

  async function followForEver<T>(path: string, handler: Follow<T>): Promise<never> {
    for (;;) {
      try {
        const list = await call<{ metadata: { resourceVersion: string }; items: T[] }>('GET', path);
        handler.replaceAll(list.items);
        await watchOnce(path, list.metadata.resourceVersion, handler);
      } catch (error) {
        console.log(`cannot follow ${path}: ${messageOf(error)}`);
      }
      await delay(200);
    }
  }

  return { call, follow: (path, handler) => void followForEver(path, handler) };
}

function exchange(options: RequestOptions, text: string | undefined, within: number) {
  return new Promise<{ status: number; answer: unknown }>((resolve, reject) => {
    const outgoing = request({ ...options, signal: AbortSignal.timeout(within) }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => resolve({ status: response.statusCode ?? 0, answer: parse(Buffer.concat(chunks)) }));
    });
    outgoing.once('error', reject);
    outgoing.end(text);
  });
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return { message: bytes.toString() };
  }
}
