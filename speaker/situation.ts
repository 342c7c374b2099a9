// What this node knows beside the cluster's objects when it plans: how it stands itself, and which side of a partition it is on.
import { hasMajority } from './fence.ts';
import { type Caches, gatherPeers } from './gather.ts';
import type { View } from './heartbeat/channel.ts';
import { type Standing, tellable } from './heartbeat/standing.ts';
import type { IfaceMonitor } from './iface-monitor.ts';
import type { Settings } from './settings.ts';
import type { UplinkProbe } from './uplink-probe.ts';
import { isDraining } from './world.ts';

export type Sources = {
  readonly settings: Settings;
  readonly caches: Caches;
  readonly ifaces: IfaceMonitor;
  readonly uplink: UplinkProbe | undefined;
  /** Peers that left in order. */
  readonly left: ReadonlySet<string>;
};

export function gatherStanding({ settings, caches, ifaces, uplink }: Sources): Standing {
  return tellable({
    draining: isDraining(caches.nodes.get(settings.node), settings),
    uplink: uplink?.state() ?? 'unknown',
    ifaces: ifaces.current().map(({ name }) => name),
    prefixes: ifaces.prefixes(),
  });
}

export function isFenced({ settings, caches, left }: Sources, { live }: View): boolean {
  if (settings.fencing === 'none') return false;
  const pods = gatherPeers(caches).map(({ node }) => node);
  return !hasMajority({ self: settings.node, pods, live: live.map(({ node }) => node), left });
}
