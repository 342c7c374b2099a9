// Who is alive, from what was heard and when. Pure: time is a parameter (ms), so a simulator can run it as it is.
//
// A session counts as heard once a message of it echoes our own session: a recording from before our life cannot.
// Within a session sequences only grow, and a session that was replaced or left never comes back. No clock is compared.
import { lifeOf } from './hearsay.ts';
import { ECHOES_MOST, ECHOES_TO_ONE_MOST, type Heartbeat } from './message.ts';
import { Newcomers } from './newcomers.ts';
import type { News } from './news.ts';
import { type LivePeer, type Peer, Peers } from './peers.ts';
import type { Proof, Suspect } from './suspicion.ts';
import { leadOf, type Timing } from './timing.ts';

export type Verdict =
  | { readonly kind: 'joined' | 'left'; readonly node: string }
  | { readonly kind: 'returned'; readonly node: string; readonly isHearsay?: true }
  /** Without `silentMs` on the word of its watchers. */
  | { readonly kind: 'died'; readonly node: string; readonly silentMs?: number };

export type IgnoreReason = 'Reflected' | 'Replay' | 'Unproven';

export type LivenessOptions = { readonly node: string; readonly session: bigint; readonly timing: Timing };

/** A restart in place takes no longer than this, or it is a death. */
export const PAUSE_MS = 5_000;
const ECHO_LIFE_MS = 60_000;
const NO_NEWS: readonly News[] = [];

export class Liveness {
  readonly peers = new Peers();
  readonly #options: LivenessOptions;
  readonly #newcomers = new Newcomers();
  /** Of those that beat to few on a ring. */
  near: Timing;
  /** Of those that beat to all. */
  #far: Timing;
  readonly #news: News[] = [];

  constructor(options: LivenessOptions) {
    this.#options = options;
    this.near = options.timing;
    this.#far = options.timing;
  }

  /** Grows whenever `view` changes. */
  get version(): number {
    return this.peers.version;
  }

  /** The same for what peers hold, which comes in many parts. */
  get holdingsVersion(): number {
    return this.peers.holdingsVersion;
  }

  /** Nobody's deadline comes closer by it. */
  retime(near: Timing, far: Timing): void {
    this.near = near;
    this.#far = far;
    for (const peer of this.peers.watched) this.#extend(peer, 0);
  }

  /** Takes in a message whose key was right: what it changed, or why it was ignored. */
  hear(message: Heartbeat, now: number): Verdict | IgnoreReason | undefined {
    if (message.node === this.#options.node) return 'Reflected';
    const peer = this.peers.of(message.node);
    if (!peer?.isProven || peer.session !== message.session) return this.#meet(message, peer, now);
    if (peer.state === 'left' || message.sequence <= peer.sequence) return 'Replay';
    return this.#take(peer, message, now);
  }

  /** What we saw ourselves of others' coming and going since the last call. */
  takeNews(): readonly News[] {
    return this.#news.length === 0 ? NO_NEWS : this.#news.splice(0);
  }

  /** Our own loop stood still. The longest stall counts, not their sum, or a loop that is always late would find nobody dead. */
  stalled(ms: number): void {
    for (const peer of this.peers.watched) this.#extend(peer, ms);
  }

  /** Others heard this session. */
  believe({ session, at, atMost }: Proof): void {
    const peer = this.peers.withSession(session);
    const signAt = peer?.isPutOff ? atMost : at;
    if (peer?.state !== 'live' || signAt <= peer.signAt) return;
    peer.signAt = signAt;
    this.#extend(peer, 0);
  }

  /** It is to be heard within the deadline from now, as if it had been heard just now. */
  expect(peer: Peer, now: number): void {
    if (peer.state !== 'live' || this.peers.watched.has(peer)) return;
    Object.assign(peer, { signAt: now, suspectAt: 0, deadlineAt: 0, isPutOff: false });
    this.peers.watched.add(peer);
    this.#extend(peer, 0);
  }

  /** A witness stands still: the verdict waits, but for half a deadline at most. */
  putOff(peer: Peer, now: number): void {
    const { deadlineMs, graceMs } = this.#paceOf(peer);
    peer.isPutOff = true;
    peer.deadlineAt = Math.min(now + graceMs / 2, peer.signAt + deadlineMs * 1.5 + graceMs);
  }

  /** How long ago we heard the session ourselves; undefined when it does not live for us. */
  ageOf(session: bigint, now: number): number | undefined {
    const peer = this.peers.withSession(session);
    return peer?.state === 'live' ? now - peer.heardAt : undefined;
  }

  /** Whose beat is late at the time. */
  suspects(at: number): Suspect[] {
    const suspects: Suspect[] = [];
    for (const { node, session, suspectAt } of this.peers.watched) {
      if (suspectAt <= at) suspects.push({ node, session, since: suspectAt });
    }
    return suspects;
  }

  overdue(now: number): Peer[] {
    return this.nextDeadline() <= now ? Array.from(this.peers.watched).filter((peer) => peer.deadlineAt <= now) : [];
  }

  /** Infinity while nobody is watched. */
  nextDeadline(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { deadlineAt } of this.peers.watched) if (deadlineAt < next) next = deadlineAt;
    return next;
  }

  /** Declares dead who is overdue. Read the socket empty first: after a stall timers run before sockets. */
  judge(now: number): Verdict[] {
    return this.overdue(now).map((peer) => {
      const { node, session, incarnation, signAt } = peer;
      this.peers.end(peer, 'dead');
      this.#news.push({ kind: 'died', session, incarnation });
      return { kind: 'died', node, silentMs: Math.round(now - signAt) };
    });
  }

  view(): LivePeer[] {
    return this.peers.view();
  }

  /** The sessions to echo in the message with this sequence; when too many for one, they take turns. */
  echoes(sequence: bigint, now: number): bigint[] {
    const all = this.#newcomers.sessions(now);
    // Nodes that are gone for good must not crowd out those that still have to prove themselves.
    for (const { session, heardAt } of this.peers.all()) if (now - heardAt < ECHO_LIFE_MS) all.push(session);
    if (all.length <= ECHOES_MOST) return all;
    const start = Number((sequence * BigInt(ECHOES_MOST)) % BigInt(all.length));
    return [...all.slice(start), ...all.slice(0, start)].slice(0, ECHOES_MOST);
  }

  /** The sessions of one node that may be its present life, to echo in a message to it alone. */
  echoesTo(node: string): bigint[] {
    const known = this.peers.of(node);
    return [...(known ? [known.session] : []), ...this.#newcomers.sessionsOf(node)].slice(-ECHOES_TO_ONE_MOST);
  }

  #paceOf(peer: Peer): Timing {
    return peer.isNear ? this.near : this.#far;
  }

  /** From its last sign of life, plus a stall of ours. */
  #extend(peer: Peer, stallMs: number): void {
    const pace = this.#paceOf(peer);
    const { deadlineMs, graceMs } = pace;
    const suspectAt = peer.signAt + deadlineMs / 2 - leadOf(pace) + stallMs;
    peer.suspectAt = Math.max(peer.suspectAt, suspectAt);
    peer.deadlineAt = Math.max(peer.deadlineAt, peer.signAt + deadlineMs + graceMs + stallMs);
  }

  #meet(message: Heartbeat, peer: Peer | undefined, now: number): Verdict | IgnoreReason | undefined {
    const { node, session } = message;
    if (peer?.retired.includes(session)) return 'Replay';
    if (!message.echoes.includes(this.#options.session)) {
      this.#newcomers.add(session, node, now);
      return 'Unproven';
    }
    this.#newcomers.delete(session);
    if (peer?.session !== session) return this.#greet(message, peer, now);
    // Known by hearsay until now.
    if (peer.state === 'left' || message.sequence <= peer.sequence) return 'Replay';
    peer.isProven = true;
    return this.#take(peer, message, now);
  }

  /** A new life. */
  #greet(message: Heartbeat, peer: Peer | undefined, now: number): Verdict | undefined {
    const { node, session } = message;
    if (peer?.state === 'live') this.#news.push({ kind: 'replaced', session: peer.session, incarnation: 0 });
    const met = this.peers.renew(node, session);
    met.isProven = true;
    const verdict = this.#take(met, message, now);
    if (met.state === 'live' && !message.ring) this.#news.push(lifeOf(met));
    return verdict;
  }

  #take(peer: Peer, message: Heartbeat, now: number): Verdict | undefined {
    peer.sequence = message.sequence;
    if (message.type === 'leave') return this.#leave(peer);
    if (message.type === 'pause') return this.#pause(peer, now);
    return this.#beat(peer, message, now);
  }

  /** Its next life has this long to be heard. */
  #pause(peer: Peer, now: number): undefined {
    if (peer.state !== 'live') return;
    peer.pausedUntil = now + PAUSE_MS;
    peer.deadlineAt = peer.pausedUntil;
    peer.suspectAt = peer.deadlineAt;
  }

  #leave(peer: Peer): Verdict | undefined {
    const { state, node, session, incarnation } = peer;
    this.peers.end(peer, 'left');
    if (state !== 'live') return undefined;
    this.#news.push({ kind: 'left', session, incarnation });
    return { kind: 'left', node };
  }

  #beat(peer: Peer, message: Heartbeat, now: number): Verdict | undefined {
    const { ring } = message;
    const { state, node, incarnation } = peer;
    // News may overtake it on the way.
    const isOld = ring !== undefined && ring.incarnation < incarnation;
    const { ready, macs, standing } = peer;
    // Its kernel answers on while the process starts, which is not ready yet.
    const isStarting = now < peer.pausedUntil && !message.ready;
    if (!isStarting) peer.pausedUntil = Number.NEGATIVE_INFINITY;
    const isRoutine = this.peers.describe(peer, isOld || isStarting ? { ready, macs, standing } : message);
    peer.heardAt = now;
    peer.signAt = now;
    // A pause's long deadline must not outlive it.
    Object.assign(peer, { suspectAt: 0, deadlineAt: 0 });
    peer.isPutOff = false;
    peer.isNear = ring !== undefined;
    if (ring && ring.incarnation > incarnation) {
      peer.incarnation = ring.incarnation;
      this.#news.push(lifeOf(peer, isRoutine));
    }
    if (ring && !ring.watch) this.peers.watched.delete(peer);
    else {
      this.peers.watched.add(peer);
      this.#extend(peer, 0);
    }
    if (state === 'live') return undefined;
    return { kind: state === 'dead' ? 'returned' : 'joined', node };
  }
}
