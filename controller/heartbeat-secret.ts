// The key that speakers sign heartbeats with: made once and kept (rotation is a later step). One that is deleted comes back
// with another key; speakers accept the two newest keys and sign with the new one when all had the time to learn it.
import { randomBytes } from 'node:crypto';
import { HEARTBEAT_SECRET_NAME } from '#core/names.ts';
import { ApiError, type Cluster, createObject, getObject } from '#platform/cluster.ts';
import type { Log } from '#platform/log.ts';
import { openWorker } from '#platform/worker.ts';

export type HeartbeatSecretOptions = {
  readonly cluster: Cluster;
  readonly namespace: string;
  /** Whether this replica looks after it; the first time every one does. */
  readonly isHeld: () => boolean;
  readonly log: Log;
  readonly signal: AbortSignal;
};

const LOOK_EVERY_MS = 60_000;

export function keepHeartbeatSecret({ cluster, namespace, isHeld, log, signal }: HeartbeatSecretOptions): void {
  const worker = openWorker(() => ensureHeartbeatSecret(cluster, namespace), { signal, log });
  worker.markDirty();
  const timer = setInterval(() => {
    if (isHeld()) worker.markDirty();
  }, LOOK_EVERY_MS);
  signal.addEventListener('abort', () => clearInterval(timer));
}

/** Resolves once the Secret exists, whoever made it. */
async function ensureHeartbeatSecret(cluster: Cluster, namespace: string): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/secrets`;
  if (await getObject(cluster, `${path}/${HEARTBEAT_SECRET_NAME}`)) return;
  const labels = { 'app.kubernetes.io/name': 'arpeggio' };
  const secret = {
    metadata: { name: HEARTBEAT_SECRET_NAME, labels },
    data: { key: randomBytes(32).toString('base64') },
  };
  await createObject(cluster, path, secret).catch((error: unknown) => {
    if (!(error instanceof ApiError && error.status === 409)) throw error;
  });
}
