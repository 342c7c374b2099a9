// The one door to the Kubernetes API: requests by path with client-node's credentials, failures as ApiError.
import { KubeConfig, RequestContext, Watch } from '@kubernetes/client-node';
import { type Dispatcher, request } from 'undici';

export type Cluster = {
  readonly server: string;
  readonly config: KubeConfig;
  readonly authenticate: () => Promise<Credentials>;
  readonly onWrite?: OnWrite | undefined;
};

/** Told of every write that was answered or failed; `status` is 0 where no answer came. */
export type OnWrite = (write: { readonly method: string; readonly path: string; readonly status: number }) => void;

type Credentials = { readonly headers: Record<string, string>; readonly dispatcher?: Dispatcher };

/** `reason` and `message` come from the API server's Status object. */
export class ApiError extends Error {
  readonly status: number;
  readonly reason: string;
  constructor(message: string, detail: { status: number; reason: string; cause?: unknown }) {
    super(message, { cause: detail.cause });
    this.status = detail.status;
    this.reason = detail.reason;
  }
}

export type Patch = {
  readonly type: 'merge' | 'strategic' | 'apply';
  readonly body: unknown;
  /** Wanted by server-side apply. */
  readonly fieldManager?: string;
  readonly force?: boolean;
};

const PATCH_TYPES = {
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

// client-node re-reads a mounted token at most this often; building credentials costs file reads.
const CREDENTIALS_LIFE_MS = 30_000;
const REQUEST_TIMEOUT_MS = 15_000;

/** As kubectl takes them: a file in the place of KUBECONFIG, a context in the place of the current one. */
export type ClusterChoice = {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly onWrite?: OnWrite | undefined;
};

/** KUBECONFIG where it is set, else the Pod's own ServiceAccount. */
export function openCluster({ kubeconfig, context, onWrite }: ClusterChoice = {}): Cluster {
  const config = new KubeConfig();
  load(config, kubeconfig);
  if (context !== undefined) useContext(config, context);
  const server = config.getCurrentCluster()?.server;
  if (server === undefined)
    throw new Error('Cannot reach a cluster: neither KUBECONFIG nor a ServiceAccount names one');
  if (!URL.canParse(server)) throw new Error(`Cannot reach the API server: "${server}" is no URL`);
  return { server, config, authenticate: rememberCredentials(config, server), onWrite };
}

function load(config: KubeConfig, file: string | undefined): void {
  try {
    if (file === undefined) config.loadFromDefault();
    else config.loadFromFile(file);
  } catch (cause) {
    throw new Error(`Cannot read kubeconfig "${file ?? process.env['KUBECONFIG'] ?? '~/.kube/config'}"`, { cause });
  }
}

/** Of objects that name none. */
export function currentNamespace({ config }: Cluster): string {
  return config.getContextObject(config.getCurrentContext())?.namespace ?? 'default';
}

/** The one in use. */
export function contextOf({ config }: Pick<Cluster, 'config'>): string {
  return config.getCurrentContext();
}

export function contextsOf({ config }: Pick<Cluster, 'config'>): string[] {
  return config.getContexts().map(({ name }) => name);
}

function useContext(config: KubeConfig, context: string): void {
  const known = contextsOf({ config });
  if (!known.includes(context)) {
    const names = known.map((name) => `"${name}"`).join(', ');
    throw new Error(`Cannot use context "${context}": it is not in the kubeconfig, wanted one of ${names}`);
  }
  config.setCurrentContext(context);
}

/** The object, or undefined where the API server says 404. With `signal` the caller bounds the time. */
export async function getObject<T>(cluster: Cluster, path: string, signal?: AbortSignal): Promise<T | undefined> {
  try {
    return await send<T>(cluster, path, { method: 'GET', signal });
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

/** What is no JSON: metrics, or the log of a Pod. */
export function getText(cluster: Cluster, path: string, signal?: AbortSignal): Promise<string> {
  return sendForText(cluster, path, { method: 'GET', signal });
}

export function createObject<T>(cluster: Cluster, path: string, body: unknown): Promise<T> {
  return send<T>(cluster, path, { method: 'POST', body });
}

export function replaceObject<T>(cluster: Cluster, path: string, body: unknown): Promise<T> {
  return send<T>(cluster, path, { method: 'PUT', body });
}

/** With `resourceVersion` only that version: 409 when the object changed meanwhile. */
export function deleteObject(cluster: Cluster, path: string, resourceVersion?: string): Promise<unknown> {
  const options = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { resourceVersion } };
  return send(cluster, path, { method: 'DELETE', ...(resourceVersion === undefined ? {} : { body: options }) });
}

export function patchObject<T>(cluster: Cluster, path: string, patch: Patch): Promise<T> {
  const query = new URLSearchParams();
  if (patch.fieldManager !== undefined) query.set('fieldManager', patch.fieldManager);
  if (patch.force === true) query.set('force', 'true');
  const suffix = query.size === 0 ? '' : `?${query}`;
  return send<T>(cluster, path + suffix, { method: 'PATCH', body: patch.body, contentType: PATCH_TYPES[patch.type] });
}

/** A watch of client-node; `done` is called once, with the error if there was one. */
export function openWatch(cluster: Cluster): Watch {
  return new Watch(cluster.config);
}

type Send = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  body?: unknown;
  contentType?: string;
  signal?: AbortSignal | undefined;
};

async function send<T>(cluster: Cluster, path: string, options: Send): Promise<T> {
  return JSON.parse(await sendForText(cluster, path, options)) as T;
}

async function sendForText(
  cluster: Cluster,
  path: string,
  { method, body, contentType, signal }: Send,
): Promise<string> {
  const { headers, dispatcher } = await cluster.authenticate();
  const response = await request(cluster.server + path, {
    method,
    headers: { ...headers, accept: 'application/json', 'content-type': contentType ?? 'application/json' },
    body: body === undefined ? null : JSON.stringify(body),
    headersTimeout: REQUEST_TIMEOUT_MS,
    bodyTimeout: REQUEST_TIMEOUT_MS,
    ...(dispatcher ? { dispatcher } : {}),
    ...(signal ? { signal } : {}),
  }).catch((cause: unknown) => {
    noteWrite(cluster, { method, path, status: 0 });
    throw new ApiError(`Cannot ${method} ${path}`, { status: 0, reason: 'Unreachable', cause });
  });
  noteWrite(cluster, { method, path, status: response.statusCode });
  const text = await response.body.text();
  if (response.statusCode >= 400) throw refusal(`${method} ${path}`, response.statusCode, text);
  return text;
}

function noteWrite({ onWrite }: Cluster, write: Parameters<OnWrite>[0]): void {
  if (write.method !== 'GET') onWrite?.(write);
}

function refusal(action: string, status: number, text: string): ApiError {
  const { reason = '', message = text } = parseStatus(text);
  return new ApiError(`Cannot ${action}: ${status} ${message}`, { status, reason });
}

function parseStatus(text: string): { reason?: string; message?: string } {
  try {
    return JSON.parse(text) as { reason?: string; message?: string };
  } catch {
    return {};
  }
}

function rememberCredentials(config: KubeConfig, server: string): () => Promise<Credentials> {
  let known: Promise<Credentials> | undefined;
  let dispatcher: Dispatcher | undefined;
  let expires = 0;
  const read = async () => {
    const context = new RequestContext(server, 'GET');
    await config.applySecurityAuthentication(context).catch((cause: unknown) => {
      throw new Error(`Cannot get credentials for "${server}"`, { cause });
    });
    // Kept for life: a fresh one would open fresh connections.
    dispatcher ??= context.getDispatcher() as Dispatcher | undefined;
    return { headers: context.getHeaders(), ...(dispatcher ? { dispatcher } : {}) };
  };
  return () => {
    const now = performance.now();
    if (known && now < expires) return known;
    expires = now + CREDENTIALS_LIFE_MS;
    known = read();
    known.catch(() => {
      known = undefined;
    });
    return known;
  };
}
