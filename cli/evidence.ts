// What is read beyond the snapshot: the latest announcement of one Service, and what speakers alone know.
import type { Service } from '#core/service.ts';
import { type Cluster, getText } from '#platform/cluster.ts';
import { listObjects } from '#platform/list.ts';
import { isSilent } from './announcement-findings.ts';
import { type AnnouncedEvent, type Evidence, NO_EVIDENCE } from './explain.ts';
import { forbidden, unlessBug } from './failure.ts';
import { metricsPath } from './paths.ts';
import { type Pod, podsOf } from './programs.ts';
import type { Snapshot } from './snapshot.ts';
import { isOfSpeaker, parseTold, type Told } from './told.ts';

type EventObject = {
  readonly message?: string;
  readonly lastTimestamp?: string;
  readonly involvedObject?: { readonly uid?: string };
};

const METRICS_TIMEOUT_MS = 2_000;

/** Speakers are asked only about what no object tells. */
export async function readEvidence(cluster: Cluster, snapshot: Snapshot, service: Service): Promise<Evidence> {
  const { namespace, pods } = snapshot;
  const isAsking = service.held.some((ip) => isSilent(snapshot, service, ip));
  const [told, lastAnnounced] = await Promise.all([
    isAsking ? readTold(cluster, namespace, pods) : NO_EVIDENCE.told,
    readLastAnnounced(cluster, service),
  ]);
  return { told, lastAnnounced };
}

/** The latest time that a node began to announce the Service, while its Event is kept (an hour). */
async function readLastAnnounced(
  cluster: Cluster,
  { namespace, name, uid }: Service,
): Promise<AnnouncedEvent | undefined> {
  const fields = { 'involvedObject.kind': 'Service', 'involvedObject.name': name, reason: 'nodeAssigned' };
  const fieldSelector = Object.entries(fields).map((pair) => pair.join('='));
  const query = new URLSearchParams({ fieldSelector: fieldSelector.join() });
  const read = listObjects<EventObject>(cluster, `/api/v1/namespaces/${namespace}/events`, { query });
  const { items } = await read.catch(forbidden({ items: [] }));
  const ours = items.filter(({ involvedObject }) => (involvedObject?.uid ?? uid) === uid);
  const dated = ours.map(({ message = '', lastTimestamp }) => ({ message, at: lastTimestamp ?? '' }));
  return dated.sort((a, b) => Number(a.at > b.at) - Number(a.at < b.at)).at(-1);
}

/** By node; who does not answer, or may not be asked, is absent. */
async function readTold(cluster: Cluster, namespace: string, pods: readonly Pod[]): Promise<Map<string, Told>> {
  const speakers = podsOf(pods, 'speaker').filter(({ isReady }) => isReady);
  const asked = speakers.map(async (pod): Promise<[string, Told][]> => {
    const told = askSpeaker(cluster, namespace, pod).then((answer): [string, Told][] => [[pod.node, answer]]);
    return await told.catch(unlessBug(() => []));
  });
  return new Map((await Promise.all(asked)).flat());
}

/** Rejects where the speaker does not answer, may not be asked, or something else answers in its place. */
export async function askSpeaker(cluster: Cluster, namespace: string, pod: Pod): Promise<Told> {
  const path = metricsPath(namespace, pod);
  const metrics = await getText(cluster, path, AbortSignal.timeout(METRICS_TIMEOUT_MS));
  // The port is the host's: without the metric's own head the answer is no evidence of silence.
  if (!isOfSpeaker(metrics)) throw new Error(`Cannot read ${path}: no metrics of a speaker`);
  return parseTold(metrics);
}
