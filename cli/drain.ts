// `drain` and `undrain`: the annotation on a Node that speakers go by, and the wait until the node announces nothing.
import { setTimeout as delay } from 'node:timers/promises';
import { parseL2Status, STATUS_LABELS } from '#core/l2-status.ts';
import { DRAIN_NODE, FIELD_MANAGER } from '#core/names.ts';
import { type Cluster, patchObject } from '#platform/cluster.ts';
import { listObjects } from '#platform/list.ts';
import { readTold } from './evidence.ts';
import { statusesPath } from './paths.ts';
import type { Pod } from './programs.ts';
import type { StatusObject } from './wire-cluster.ts';

const LOOK_EVERY_MS = 500;
const LABEL_LENGTH_MOST = 63;

export async function setDraining(cluster: Cluster, node: string, isDraining: boolean): Promise<void> {
  const body = { metadata: { annotations: { [DRAIN_NODE]: isDraining ? 'true' : null } } };
  await patchObject(cluster, `/api/v1/nodes/${encodeURIComponent(node)}`, {
    type: 'merge',
    body,
    fieldManager: FIELD_MANAGER,
  });
}

export type DrainWait = {
  readonly namespace: string;
  readonly node: string;
  /** The speaker there, if there is one. */
  readonly pods: readonly Pod[];
  readonly timeoutMs: number;
};

/** The addresses that the node still announces when time is up. */
export async function untilSilent(cluster: Cluster, wait: DrainWait): Promise<ReadonlySet<string>> {
  const end = performance.now() + wait.timeoutMs;
  for (;;) {
    const addresses = await readAnnounced(cluster, wait);
    if (addresses.size === 0 || performance.now() >= end) return addresses;
    await delay(LOOK_EVERY_MS);
  }
}

/** The objects are some seconds late, so the speaker is asked too. */
async function readAnnounced(cluster: Cluster, { namespace, node, pods }: DrainWait): Promise<Set<string>> {
  // A longer name is no label.
  const labelSelector = `${STATUS_LABELS.node}=${node}`;
  const query = node.length > LABEL_LENGTH_MOST ? {} : { query: new URLSearchParams({ labelSelector }) };
  const [{ items }, told] = await Promise.all([
    listObjects<StatusObject>(cluster, statusesPath(namespace), query),
    readTold(cluster, namespace, pods),
  ]);
  const recorded = items.map(parseL2Status).filter((status) => status.node === node);
  return new Set([...recorded.flatMap(({ addresses = [] }) => addresses), ...(told.get(node)?.announced ?? [])]);
}
