// The speaker: what it watches, the one pass that decides and applies, and the end in order.

import { formatMac } from '#core/mac.ts';
import type { Cluster } from '#platform/cluster.ts';
import { type ConfigSource, openConfigSource } from '#platform/config-source.ts';
import { openEventRecorder } from '#platform/events.ts';
import { openHealthServer } from '#platform/health.ts';
import type { Log } from '#platform/log.ts';
import { type ProgramContext, stopped } from '#platform/program.ts';
import { openWorker } from '#platform/worker.ts';
import { type Announcer, openAnnouncer } from './announcer.ts';
import { type Applier, openApplier } from './apply.ts';
import { openConflictReporter } from './conflict-reports.ts';
import { areSynced, type Caches, gatherKey, gatherPeers, gatherWorld, isDisputed, openCaches } from './gather.ts';
import { type Guard, openGuard } from './guard.ts';
import { type Heartbeat, openHeartbeat, type View } from './heartbeat/channel.ts';
import { PAUSE_MS } from './heartbeat/liveness.ts';
import { worseOf } from './heartbeat/standing.ts';
import { type IfaceMonitor, openIfaceMonitor } from './iface-monitor.ts';
import { type Incumbents, NO_INCUMBENTS, openIncumbents } from './incumbents.ts';
import { KernelResponder } from './kernel/responder.ts';
import { identify, listenerOf } from './listener.ts';
import { openLivenessMetrics } from './liveness-metrics.ts';
import { openMetrics } from './metrics.ts';
import { type OwnerRecord, openOwnerRecord } from './owner-record.ts';
import { planAddresses } from './plan.ts';
import { type Outcome, openPlanMetrics } from './plan-metrics.ts';
import type { Settings } from './settings.ts';
import { gatherStanding, isFenced } from './situation.ts';
import { createTeller } from './teller.ts';
import { openUplinkProbe, type UplinkProbe } from './uplink-probe.ts';

type Parts = {
  readonly settings: Settings;
  readonly caches: Caches;
  readonly configuration: ConfigSource;
  readonly heartbeat: Heartbeat;
  readonly announcer: Announcer;
  readonly ifaces: IfaceMonitor;
  readonly applier: Applier;
  readonly guard: Guard;
  readonly record: OwnerRecord;
  readonly incumbents: Incumbents;
  readonly kernel: KernelResponder | undefined;
  readonly uplink: UplinkProbe | undefined;
  /** Peers that left in order. */
  readonly left: Set<string>;
  readonly outcome: Outcome;
};

export async function runSpeaker(context: ProgramContext, settings: Settings, cluster: Cluster): Promise<void> {
  const { log, metrics, signal } = context;
  const { promise: failed, reject: fail } = Promise.withResolvers<never>();
  const { parts, isReady } = openParts({ ...context, cluster }, settings, fail);
  const { heartbeat, announcer, ifaces, guard, kernel, uplink, applier } = parts;
  openPlanMetrics(metrics, parts.outcome);
  openMetrics(metrics, { node: settings.node, announcer, heartbeat, guard, kernel, changes: applier.changes });
  await openHealthServer({ port: settings.metricsPort, isReady, metrics, signal });
  log.info({ node: settings.node, address: settings.heartbeat.address }, 'speaker started');

  const how = await Promise.race([stopped(signal).then(() => 'stop' as const), restartAsked(settings, kernel), failed]);
  // Peers take over before this node falls silent.
  const hasHeirs = how === 'stop' && heartbeat.view().live.some(({ ready }) => ready) && announcer.owned.size > 0;
  const taken = hasHeirs ? guard.leave() : undefined;
  await heartbeat.leave(how === 'restart' ? 'pause' : 'leave');
  await taken;
  uplink?.close();
  ifaces.close();
  guard.close();
  announcer.close();
  if (how === 'restart') kernel?.handOver(PAUSE_MS);
  else kernel?.close();
  log.info({ node: settings.node, how }, 'speaker stopped');
}

/** SIGUSR2: the same node starts this program again. Only what is pinned can bridge that; else it is a stop. */
function restartAsked({ pinFolder }: Settings, kernel: KernelResponder | undefined): Promise<'restart' | 'stop'> {
  const canBridge = kernel !== undefined && pinFolder !== undefined;
  return new Promise((resolve) => process.once('SIGUSR2', () => resolve(canBridge ? 'restart' : 'stop')));
}

type Surroundings = ProgramContext & { readonly cluster: Cluster };

function openParts(surroundings: Surroundings, settings: Settings, fail: (error: unknown) => void) {
  const { cluster, log, metrics, signal } = surroundings;
  const { namespace, node, pod, refreshMs, sticky } = settings;
  const recordEvent = openEventRecorder(cluster, { program: 'speaker', log, metrics });
  const worker = openWorker(() => pass(), { signal, log });
  const shared = { cluster, namespace, log, signal, onChange: () => worker.markDirty() };
  // Thousands of Services that come one by one must not keep a speaker busy; who lives and dies does not wait.
  const followed = { ...shared, onChange: () => worker.markSoon() };
  const kernel = chooseResponder(settings, log);
  const announcer = openAnnouncer({ refreshMs, log, kernel, onClaim: (claim) => parts.guard.hear(claim) });
  const ifaces = openIfaceMonitor(settings.excludes, (changed) => {
    announcer.setIfaces(changed);
    worker.markDirty();
  });
  announcer.setIfaces(ifaces.current());
  const record = openOwnerRecord({ cluster, namespace, node, pod, signal, log });
  const peerMacs = new Map<string, string>();
  const left = new Set<string>();
  const liveness = openLivenessMetrics(metrics);
  const parts: Parts = {
    settings,
    left,
    outcome: { plans: [], standing: undefined, isFenced: false },
    uplink: openUplink(settings, log, { view: () => parts.heartbeat.view(), onChange: () => worker.markDirty() }),
    kernel,
    record,
    announcer,
    ifaces,
    caches: openCaches(followed),
    configuration: openConfigSource({ ...followed, metrics, recordEvent }),
    heartbeat: openHeartbeat(
      settings.heartbeat,
      listenerOf(() => parts, { ...shared, peerMacs, liveness, onError: fail }),
    ),
    incumbents: sticky ? openIncumbents({ ...shared, node, heartbeat: () => parts.heartbeat }) : NO_INCUMBENTS,
    applier: openApplier({ node, announcer, recordEvent, log }),
    guard: openGuard({
      node,
      announcer,
      recordEvent,
      reportConflict: openConflictReporter({ cluster, namespace, node, log }),
      log,
      holders: () => parts.incumbents.holders(),
      isRecorded: (plan) => record.names(plan),
      isDisputed: (text) => isDisputed(parts.caches, text, Date.now()),
      identify: (mac) => identify(mac, ifaces.current(), peerMacs),
      ask: (peer) => parts.heartbeat.probe(peer),
      onChange: () => worker.markDirty(),
    }),
  };
  const { pass, isReady } = openPass(parts);
  worker.markDirty();
  return { parts, isReady };
}

function openPass(parts: Parts): { pass: () => void; isReady: () => boolean } {
  const turn = createPass(parts);
  let isReady = false;
  const pass = () => {
    isReady = turn();
  };
  return { pass, isReady: () => isReady };
}

/** In the kernel where that works, else in the process; a kernel that was asked for by name has to work. */
function chooseResponder({ responder, pinFolder, echo }: Settings, log: Log): KernelResponder | undefined {
  if (responder === 'process') return undefined;
  try {
    const kernel = new KernelResponder({ pinFolder, echo });
    log.info({ responder: 'kernel', pinFolder, echo, readopted: kernel.readopted }, 'responder chosen');
    return kernel;
  } catch (error) {
    if (responder === 'kernel') throw error;
    log.info({ responder: 'process', error }, 'responder chosen');
    return undefined;
  }
}

type UplinkListeners = { readonly view: () => View; readonly onChange: () => void };

function openUplink({ uplink }: Settings, log: Log, { view, onChange }: UplinkListeners): UplinkProbe | undefined {
  return (
    uplink &&
    openUplinkProbe(uplink, {
      isWitnessed: () => view().live.some(({ ready, standing }) => ready && standing?.uplink === 'works'),
      onChange: ({ state, before, target }) => {
        if (state === 'down' || before === 'down') log.info({ target, state }, 'uplink changed');
        onChange();
      },
    })
  );
}

/** Gather, plan, apply; returns whether this node can announce. */
function createPass(parts: Parts): () => boolean {
  const { settings, caches, configuration, heartbeat, ifaces, applier, guard, record, incumbents, kernel, outcome } =
    parts;
  const tell = createTeller(heartbeat);
  return () => {
    // What was let go must not be announced again.
    if (guard.isLeaving()) return true;
    if (caches.peers.isSynced()) tell.peers(gatherPeers(caches));
    tell.key(gatherKey(caches));
    const view = heartbeat.view();
    const config = configuration.current();
    if (!(areSynced(caches) && configuration.isSynced() && view.settled && config)) return false;
    if (!incumbents.look(gatherPeers(caches).map((peer) => peer.node))) return false;
    const ready = ifaces.current().length > 0;
    const standing = gatherStanding(parts);
    // What speaks against this node is told before it lets go, what no longer does after it announces.
    tell.standing(worseOf(outcome.standing, standing));
    if (!ready) tell.ready(false);
    tell.macs([...new Set(ifaces.current().map((iface) => formatMac(iface.mac)))]);
    const told = new Map(view.live.map((peer) => [peer.node, peer.standing])).set(settings.node, standing);
    const peers = view.live.filter((peer) => peer.ready).map((peer) => peer.node);
    const speakers = new Set(ready ? [settings.node, ...peers] : peers);
    const fenced = isFenced(parts, view);
    const holders = incumbents.holders();
    const situation = { ...settings, self: settings.node, config, speakers, told, isFenced: fenced, holders };
    const plans = planAddresses(gatherWorld(caches, situation));
    incumbents.note(plans);
    const uidOf = (service: string) => caches.services.get(service)?.uid;
    const admitted = guard.admit(plans, uidOf);
    Object.assign(outcome, { plans: admitted, standing, isFenced: fenced });
    applier.apply(admitted, uidOf);
    record.note(admitted);
    // Not before: what an earlier process left is only now told apart.
    if (kernel) tell.alive(kernel.alive);
    // In this order: peers take a node that tells nothing for one that is able.
    tell.standing(standing);
    tell.ready(ready);
    return true;
  };
}
