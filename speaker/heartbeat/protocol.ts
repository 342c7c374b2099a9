// What the main thread and the heartbeat thread tell each other.
import type { Said } from './holdings.ts';
import type { IgnoreReason, Verdict } from './liveness.ts';
import type { MessageProblem } from './message.ts';
import type { LivePeer } from './peers.ts';
import type { Standing } from './standing.ts';

export type HeartbeatSettings = {
  readonly node: string;
  /** Own address, which the socket is bound to. */
  readonly address: string;
  readonly port: number;
  readonly intervalMs: number;
  readonly deadlineMs: number;
  /** Messages say what this node holds. */
  readonly sticky: boolean;
};

export type PeerAddress = { readonly node: string; readonly address: string };

export type ToHeartbeat =
  | { readonly kind: 'key'; readonly key: Uint8Array }
  | { readonly kind: 'peers'; readonly peers: readonly PeerAddress[] }
  | { readonly kind: 'ready'; readonly ready: boolean }
  /** What this node announces with. */
  | { readonly kind: 'macs'; readonly macs: readonly string[] }
  /** What peers shall think of this node; told at once. */
  | { readonly kind: 'standing'; readonly standing: Standing }
  /** What this node owns, sorted. */
  | ({ readonly kind: 'holdings' } & Said)
  /** Descriptor of the slot that keeps the responder in the kernel answering. */
  | { readonly kind: 'alive'; readonly map: number }
  /** The main thread still makes progress. */
  | { readonly kind: 'pulse' }
  /** The wire says that this node lives. */
  | { readonly kind: 'probe'; readonly node: string }
  | { readonly kind: 'leave'; readonly type: 'leave' | 'pause' };

export type FromHeartbeat =
  /** `settled`: everyone who lives had the time to be heard. */
  | { readonly kind: 'view'; readonly live: readonly LivePeer[]; readonly settled: boolean }
  | { readonly kind: 'verdict'; readonly verdict: Verdict }
  /** This process stood still so long that peers may have taken over. */
  | { readonly kind: 'stalled'; readonly ms: number }
  /** A peer took this node for dead and may have taken over. */
  | { readonly kind: 'accused' }
  | { readonly kind: 'counts'; readonly counts: HeartbeatCounts }
  | { readonly kind: 'left' };

export type Ignored = MessageProblem | IgnoreReason;

export type HeartbeatCounts = {
  sent: number;
  sendFailures: number;
  received: number;
  readonly ignored: { [reason in Ignored]?: number };
};
