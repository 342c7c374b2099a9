// The key that speakers sign heartbeats with: made once, kept for ever after (rotation is a later step).
import { randomBytes } from 'node:crypto';
import { HEARTBEAT_SECRET_NAME } from '#core/names.ts';
import { ApiError, type Cluster, createObject, getObject } from '#platform/cluster.ts';

/** Resolves once the Secret exists, whoever made it. */
export async function ensureHeartbeatSecret(cluster: Cluster, namespace: string): Promise<void> {
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
