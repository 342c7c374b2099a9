// `ui`: serves the page until it is interrupted, and looks at the cluster anew at every change that a watch tells of.
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type Cluster, contextOf, openCluster } from '#platform/cluster.ts';
import { openStop } from '#platform/stop.ts';
import { openWorker } from '#platform/worker.ts';
import { failureText } from '../failure.ts';
import type { ClusterOptions } from '../options.ts';
import { readBystanders, readCluster } from '../present.ts';
import { type Snapshot, snapshotOf } from '../snapshot.ts';
import type { Bystanders, WireCluster } from '../wire-cluster.ts';
import { readAssets } from './assets.ts';
import { readExplained } from './explained.ts';
import { interruptionFindings, openInterruptions } from './interruptions.ts';
import { openPageServer, type PageServer } from './server.ts';
import { changesBetween, type Entry, extend, type Look } from './timeline.ts';
import { partsOf, viewOf } from './view.ts';
import { openWatches } from './watches.ts';

export type PageOptions = ClusterOptions & { readonly port: number };

const KEY_OCTETS = 16;
/** What is not watched: time itself, the Lease, the registration, kube-proxy. */
const LOOK_EVERY_MS = 5_000;
/** Between two passes: a page is drawn at most this often. */
const REST_MS = 100;

/** Resolves with the exit code when it is interrupted. */
export async function servePage({ port, ...options }: PageOptions): Promise<number> {
  const cluster = openCluster(options);
  const first = await readCluster(cluster, options.configNamespace, Date.now());
  const signal = openStop();
  const key = randomBytes(KEY_OCTETS).toString('hex');
  const latest = { snapshot: snapshotOf(first) };
  const explain = (service: string) => readExplained(cluster, latest.snapshot, service);
  const server = await openPageServer({ port, key, assets: readAssets(), explain, signal });
  const following = follow(cluster, { first, latest, server, signal });
  process.stdout.write(`${server.url}\nServed on this machine only, until you press Ctrl-C\n`);
  await following;
  return 0;
}

type Following = {
  readonly first: WireCluster;
  /** What every page shows. */
  readonly latest: { snapshot: Snapshot };
  readonly server: PageServer;
  readonly signal: AbortSignal;
};

async function follow(cluster: Cluster, { first, latest, server, signal }: Following): Promise<void> {
  const interruptions = openInterruptions(() => Date.now());
  const { log } = interruptions;
  const context = contextOf(cluster);
  let bystanders: Bystanders = first;
  let seen: Look | undefined;
  let timeline: readonly Entry[] = [];

  const watches = openWatches({ cluster, first, signal, log, onChange: () => worker.markDirty() });
  const look = async () => {
    const snapshot = snapshotOf({ ...watches.watched(), ...bystanders, now: Date.now() });
    const current = { announcements: snapshot.announcements, events: watches.events() };
    if (seen) timeline = extend(timeline, changesBetween(seen, current), new Date(snapshot.now).toISOString());
    seen = current;
    latest.snapshot = snapshot;
    const view = viewOf(snapshot);
    const findings = [...interruptionFindings(interruptions.present()), ...view.findings];
    server.publish(partsOf({ ...view, context, findings, timeline }));
    await pause(REST_MS, signal);
  };
  const worker = openWorker(look, { signal, log });

  while (!signal.aborted) {
    worker.markDirty();
    await pause(LOOK_EVERY_MS, signal);
    bystanders = await readBystanders(cluster, first).catch((error: unknown) => {
      log.debug({ error: failureText(error), path: 'leases' }, 'cannot read');
      return bystanders;
    });
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
