// `drain` and `undrain`: the annotation on a Node that speakers go by, and the wait until the node announces nothing.
import { setTimeout as delay } from 'node:timers/promises';
import { parseL2Status, STATUS_LABELS } from '#core/l2-status.ts';
import { DRAIN_NODE, FIELD_MANAGER } from '#core/names.ts';
import { type Cluster, patchObject } from '#platform/cluster.ts';
import { listObjects } from '#platform/list.ts';
import { askSpeaker } from './evidence.ts';
import { failureText, unlessBug } from './failure.ts';
import { statusesPath } from './paths.ts';
import { COMPONENT_LABEL, type Pod, type PodObject, parsePod } from './programs.ts';
import type { StatusObject } from './wire-cluster.ts';

const LOOK_EVERY_MS = 500;
/** A list that hangs must not outlast the wait by much. */
const LIST_TIMEOUT_MS = 5_000;
const LABEL_LENGTH_MOST = 63;

export async function setDraining(cluster: Cluster, node: string, isDraining: boolean): Promise<void> {
  const body = { metadata: { annotations: { [DRAIN_NODE]: isDraining ? 'true' : null } } };
  await patchObject(cluster, `/api/v1/nodes/${encodeURIComponent(node)}`, {
    type: 'merge',
    body,
    fieldManager: FIELD_MANAGER,
  });
}

export type DrainWait = { readonly namespace: string; readonly node: string; readonly timeoutMs: number };

export type Look = {
  /** Those that the node still announces, as far as anybody says. */
  readonly addresses: ReadonlySet<string>;
  /** What could not be asked, and why: without it nobody knows that the node is silent. */
  readonly unverified: readonly string[];
};

export function isSilent({ addresses, unverified }: Look): boolean {
  return addresses.size === 0 && unverified.length === 0;
}

/** The first look at a silent node, or the last one when time is up. */
export async function untilSilent(cluster: Cluster, wait: DrainWait): Promise<Look> {
  const end = performance.now() + wait.timeoutMs;
  for (;;) {
    const seen = await look(cluster, wait);
    if (isSilent(seen) || performance.now() >= end) return seen;
    await delay(LOOK_EVERY_MS);
  }
}

/** The objects are some seconds late, so whatever speaker is on the node now is asked too. */
async function look(cluster: Cluster, wait: DrainWait): Promise<Look> {
  const looks = await Promise.all([
    verified('ServiceL2Status objects', readRecorded(cluster, wait)),
    readSpeakers(cluster, wait).then(
      async (pods) => mergeLooks(await Promise.all(pods.map((pod) => lookAt(cluster, wait, pod)))),
      unlessBug((error) => unseen('Pods of the speaker', error)),
    ),
  ]);
  return mergeLooks(looks);
}

function lookAt(cluster: Cluster, { namespace }: DrainWait, pod: Pod): Promise<Look> {
  const announced = askSpeaker(cluster, namespace, pod).then((told) => told.announced);
  return verified(`speaker "${pod.name}"`, announced);
}

async function verified(what: string, read: Promise<Iterable<string>>): Promise<Look> {
  const seen = read.then((addresses): Look => ({ addresses: new Set(addresses), unverified: [] }));
  return await seen.catch(unlessBug((error) => unseen(what, error)));
}

function unseen(what: string, error: unknown): Look {
  return { addresses: new Set(), unverified: [`${what}: ${failureText(error)}`] };
}

function mergeLooks(looks: readonly Look[]): Look {
  return {
    addresses: new Set(looks.flatMap(({ addresses }) => [...addresses])),
    unverified: looks.flatMap(({ unverified }) => unverified),
  };
}

async function readRecorded(cluster: Cluster, { namespace, node }: DrainWait): Promise<string[]> {
  const labelSelector = `${STATUS_LABELS.node}=${node}`;
  // A longer name is no label.
  const query = new URLSearchParams(node.length > LABEL_LENGTH_MOST ? {} : { labelSelector });
  const { items } = await list<StatusObject>(cluster, statusesPath(namespace), query);
  return items.map(parseL2Status).flatMap((status) => (status.node === node ? (status.addresses ?? []) : []));
}

/** More than one while a Pod takes the place of another. */
async function readSpeakers(cluster: Cluster, { namespace, node }: DrainWait): Promise<Pod[]> {
  const selectors = { labelSelector: `${COMPONENT_LABEL}=speaker`, fieldSelector: `spec.nodeName=${node}` };
  const path = `/api/v1/namespaces/${namespace}/pods`;
  const { items } = await list<PodObject>(cluster, path, new URLSearchParams(selectors));
  return items.map(parsePod).filter((pod) => pod !== undefined);
}

function list<W>(cluster: Cluster, path: string, query: URLSearchParams) {
  return listObjects<W>(cluster, path, { query, signal: AbortSignal.timeout(LIST_TIMEOUT_MS) });
}
