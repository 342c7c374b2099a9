// The main thread's side of the heartbeat thread.
import { Worker } from 'node:worker_threads';
import type { Said } from './holdings.ts';
import type { Verdict } from './liveness.ts';
import type { LivePeer } from './peers.ts';
import type { FromHeartbeat, HeartbeatCounts, HeartbeatSettings, PeerAddress, ToHeartbeat } from './protocol.ts';
import type { Standing } from './standing.ts';

export type View = { readonly live: readonly LivePeer[]; readonly settled: boolean };

export type Heartbeat = {
  view(): View;
  counts(): HeartbeatCounts;
  setKey(key: Uint8Array): void;
  setPeers(peers: readonly PeerAddress[]): void;
  setReady(ready: boolean): void;
  setMacs(macs: readonly string[]): void;
  setStanding(standing: Standing): void;
  setHoldings(holdings: Said): void;
  /** The wire says that this node lives: it is asked for a beat. */
  probe(node: string): void;
  /** The thread keeps the kernel answering for as long as it and the main thread live. */
  keepAlive(map: number): void;
  /** Tells the peers (a pause: to hold still for a moment), then ends the thread; resolves soon even if the thread hangs. */
  leave(type?: 'leave' | 'pause'): Promise<void>;
};

export type HeartbeatListeners = {
  readonly onView: (view: View) => void;
  readonly onVerdict: (verdict: Verdict) => void;
  readonly onStalled: (ms: number) => void;
  /** A peer took this node for dead and may have taken over. */
  readonly onAccused: () => void;
  /** The thread failed: the program cannot go on without it. */
  readonly onError: (error: unknown) => void;
};

const PULSE_MS = 500;
const LEAVE_MOST_MS = 200;

export function openHeartbeat(settings: HeartbeatSettings, listeners: HeartbeatListeners): Heartbeat {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: settings });
  const post = (message: ToHeartbeat) => worker.postMessage(message);
  const pulse = setInterval(() => post({ kind: 'pulse' }), PULSE_MS);
  const { promise: left, resolve: onLeft } = Promise.withResolvers<void>();
  let view: View = { live: [], settled: false };
  let counts: HeartbeatCounts = { sent: 0, sendFailures: 0, received: 0, ignored: {} };

  worker.on('error', listeners.onError);
  worker.on('message', (message: FromHeartbeat) => {
    if (message.kind === 'verdict') listeners.onVerdict(message.verdict);
    else if (message.kind === 'stalled') listeners.onStalled(message.ms);
    else if (message.kind === 'accused') listeners.onAccused();
    else if (message.kind === 'counts') counts = message.counts;
    else if (message.kind === 'left') onLeft();
    else {
      view = { live: message.live, settled: message.settled };
      listeners.onView(view);
    }
  });

  return {
    view: () => view,
    counts: () => counts,
    setKey: (key) => post({ kind: 'key', key }),
    setPeers: (peers) => post({ kind: 'peers', peers }),
    setReady: (ready) => post({ kind: 'ready', ready }),
    probe: (node) => post({ kind: 'probe', node }),
    keepAlive: (map) => post({ kind: 'alive', map }),
    setMacs: (macs) => post({ kind: 'macs', macs }),
    setStanding: (standing) => post({ kind: 'standing', standing }),
    setHoldings: (holdings) => post({ kind: 'holdings', ...holdings }),
    async leave(type = 'leave') {
      clearInterval(pulse);
      post({ kind: 'leave', type });
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, LEAVE_MOST_MS);
      });
      await Promise.race([left, late]);
      clearTimeout(timer);
      await worker.terminate();
    },
  };
}
