// What is believed of nodes that are not watched: the word of their watchers and of themselves, as others pass it on (ADR 9).
// Of one session the higher incarnation counts, and of the same an ending; only the node itself raises it. Pure.
import { decodeExtension, encodeExtension } from './extension.ts';
import type { Verdict } from './liveness.ts';
import type { Ending, Life, News } from './news.ts';
import type { Peer, Peers, Presence } from './peers.ts';

/** `isNew`: others may not know it yet. */
export type Learned = {
  readonly isNew: boolean;
  /** It can wait. */
  readonly isRoutine?: boolean;
  readonly verdict?: Verdict | undefined;
};

const OLD: Learned = { isNew: false };
const NEW: Learned = { isNew: true };

export function lifeOf(peer: Peer, isRoutine = false): Life {
  const { node, session, incarnation, ready, macs, standing, holdings } = peer;
  const details = detailsOf({ ready, macs, standing, holding: holdings?.excerpt() });
  return { kind: 'lives', node, session, incarnation, ready, details, ...(isRoutine ? { isRoutine } : {}) };
}

/** What is passed on of it beside its readiness. */
export function detailsOf({ macs, standing, holding }: Presence): Uint8Array {
  return encodeExtension({ ...(macs && { macs }), ...(standing && { standing }), ...(holding && { holding }) });
}

/** `recent`: who was heard after that is not dead on the word of others alone. */
export function learn(peers: Peers, news: News, { now, recent }: { now: number; recent: number }): Learned {
  if (news.kind === 'lives') return learnLife(peers, news, now);
  const peer = peers.withSession(news.session);
  if (!peer || peer.state === 'left') return OLD;
  if (news.kind === 'died') return learnDeath(peers, peer, { news, recent });
  if (news.kind === 'left') return end(peers, peer, 'left');
  if (peer.isReplaced) return OLD;
  peer.isReplaced = true;
  return NEW;
}

function learnDeath(peers: Peers, peer: Peer, { news, recent }: { news: Ending; recent: number }): Learned {
  if (peer.state === 'dead' || news.incarnation < peer.incarnation || peer.heardAt > recent) return OLD;
  return end(peers, peer, 'dead');
}

function end(peers: Peers, peer: Peer, state: 'dead' | 'left'): Learned {
  const wasLive = peer.state === 'live';
  peers.end(peer, state);
  if (!wasLive) return NEW;
  return { isNew: true, verdict: { kind: state === 'dead' ? 'died' : 'left', node: peer.node } };
}

function learnLife(peers: Peers, life: Life, now: number): Learned {
  const known = peers.of(life.node);
  if (known?.session === life.session) {
    const isOld = known.state === 'left' || life.incarnation <= known.incarnation;
    return isOld ? OLD : take(peers, known, { life, now });
  }
  // Which of two sessions is later cannot be told from them: a live one gives way to one that its watchers met.
  const isStale = known && (known.retired.includes(life.session) || (known.state === 'live' && !known.isReplaced));
  return isStale ? OLD : take(peers, peers.renew(life.node, life.session), { life, now });
}

function take(peers: Peers, peer: Peer, { life, now }: { life: Life; now: number }): Learned {
  const { node, incarnation, ready, details } = life;
  const before = peer.state;
  const { macs, standing, holding } = decodeExtension(Buffer.from(details));
  const isRoutine = peers.describe(peer, { ready, macs, standing, holding });
  peer.incarnation = incarnation;
  peer.knownAt = now;
  if (before === 'live') return { isNew: true, isRoutine };
  return {
    isNew: true,
    verdict: before === 'dead' ? { kind: 'returned', node, isHearsay: true } : { kind: 'joined', node },
  };
}
