// What the heartbeat thread reports, told to those it concerns; and who a MAC address belongs to, by what was reported.
import { formatMac } from '#core/mac.ts';
import type { Log } from '#platform/log.ts';
import type { Announcer } from './announcer.ts';
import type { Claimer } from './claims.ts';
import type { Heartbeat, HeartbeatListeners } from './heartbeat/channel.ts';
import type { Verdict } from './heartbeat/liveness.ts';
import type { LivePeer } from './heartbeat/peers.ts';
import type { Iface } from './iface.ts';
import type { Incumbents } from './incumbents.ts';
import type { LivenessMetrics } from './liveness-metrics.ts';

export type Concerned = {
  readonly heartbeat: Heartbeat;
  readonly announcer: Announcer;
  readonly incumbents: Incumbents;
  /** Peers that left in order. */
  readonly left: Set<string>;
};

type Listening = Pick<HeartbeatListeners, 'onError'> & {
  readonly log: Log;
  readonly peerMacs: Map<string, string>;
  readonly liveness: LivenessMetrics;
  readonly onChange: () => void;
};

export function listenerOf(parts: () => Concerned, options: Listening): HeartbeatListeners {
  const { log, peerMacs, liveness, onChange, onError } = options;
  return {
    onView: () => {
      rememberMacs(peerMacs, parts().heartbeat.view().live);
      onChange();
    },
    onVerdict: (verdict) => {
      liveness.countVerdict(verdict.kind);
      reportVerdict(verdict, log, parts());
    },
    onStalled: (ms) => {
      liveness.countStall(ms);
      log.warn({ stallMs: ms }, 'this process stood still, announcing again');
      parts().incumbents.weaken();
      parts().announcer.reannounce();
    },
    onAccused: () => {
      liveness.countAccusation();
      log.warn({}, 'peers took this node for dead, announcing again');
      parts().announcer.reannounce();
    },
    onError,
  };
}

/** Several interfaces of one node on one segment hear each other; so do speakers. */
export function identify(mac: string, ifaces: readonly Iface[], peerMacs: ReadonlyMap<string, string>): Claimer {
  if (ifaces.some((iface) => formatMac(iface.mac) === mac)) return { kind: 'self' };
  const node = peerMacs.get(mac);
  return node === undefined ? { kind: 'stranger' } : { kind: 'peer', node };
}

/** Peers by their MAC addresses, for life: one that died or left is no stranger when it is heard again. */
function rememberMacs(known: Map<string, string>, live: readonly LivePeer[]): void {
  for (const { node, macs = [] } of live) for (const mac of macs) known.set(mac, node);
}

function reportVerdict(verdict: Verdict, log: Log, { announcer, left }: Concerned): void {
  const { kind, ...fields } = verdict;
  if (kind === 'left') left.add(verdict.node);
  else left.delete(verdict.node);
  log.info(fields, `peer ${kind}`);
  // On the word of others it may have been no partition; who was taken for dead is told so.
  if (verdict.kind === 'returned' && !verdict.isHearsay) announcer.reannounce();
}
