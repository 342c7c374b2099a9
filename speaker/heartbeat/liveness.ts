// Who is alive, from what was heard and when. Pure: time is a parameter (ms), so a simulator can run it as it is.
//
// A session counts as heard once a message of it echoes our own session: a recording from before our life cannot.
// Within a session sequences only grow, and a session that was replaced or left never comes back. No clock is compared.
import { HeardHoldings, type PeerHoldings } from './holdings.ts';
import { ECHOES_MOST, type Heartbeat } from './message.ts';
import { isSameStanding, type Standing } from './standing.ts';
import type { Proof, Suspect } from './suspicion.ts';
import type { Timing } from './timing.ts';

export type Verdict =
  | { readonly kind: 'joined' | 'returned' | 'left'; readonly node: string }
  | { readonly kind: 'died'; readonly node: string; readonly silentMs: number };

export type IgnoreReason = 'Reflected' | 'Replay' | 'Unproven';

export type LivePeer = {
  readonly node: string;
  readonly ready: boolean;
  readonly macs?: readonly string[];
  readonly standing?: Standing;
  /** Absent where the peer has no sticky owners. */
  readonly holdings?: PeerHoldings;
};

type Peer = {
  readonly node: string;
  session: bigint;
  sequence: bigint;
  ready: boolean;
  macs: readonly string[];
  standing: Standing | undefined;
  holdings: HeardHoldings | undefined;
  state: 'live' | 'dead' | 'left';
  /** By ourselves. */
  heardAt: number;
  /** Heard by ourselves or, as proved, by others. */
  signAt: number;
  suspectAt: number;
  deadlineAt: number;
  readonly retired: Set<bigint>;
};

export type LivenessOptions = { readonly node: string; readonly session: bigint; readonly timing: Timing };

/** A restart in place takes no longer than this, or it is a death. */
export const PAUSE_MS = 5_000;
const NEWCOMER_LIFE_MS = 2_000;
const NEWCOMERS_MOST = 512;
const ECHO_LIFE_MS = 60_000;

export class Liveness {
  readonly #options: LivenessOptions;
  readonly #peers = new Map<string, Peer>();
  /** Sessions heard that have not proved themselves, with the time they were last heard. */
  readonly #newcomers = new Map<bigint, number>();
  /** Grows whenever `view` changes. */
  version = 0;
  /** The same for what peers hold, which comes in many parts. */
  holdingsVersion = 0;
  #timing: Timing;

  constructor(options: LivenessOptions) {
    this.#options = options;
    this.#timing = options.timing;
  }

  /** Nobody's deadline comes closer by it. */
  retime(timing: Timing): void {
    this.#timing = timing;
    for (const peer of this.#peers.values()) this.#extend(peer, 0);
  }

  /** Takes in a message whose key was right: what it changed, or why it was ignored. */
  hear(message: Heartbeat, now: number): Verdict | IgnoreReason | undefined {
    if (message.node === this.#options.node) return 'Reflected';
    const peer = this.#peers.get(message.node);
    if (peer?.session !== message.session) return this.#meet(message, peer, now);
    if (peer.state === 'left' || message.sequence <= peer.sequence) return 'Replay';
    peer.sequence = message.sequence;
    if (message.type === 'leave') return this.#leave(peer);
    if (message.type === 'pause') return this.#pause(peer, now);
    return this.#beat(peer, message, now);
  }

  /**
   * Our own loop stood still: nobody could be heard meanwhile. The longest stall since a peer was heard counts, not
   * their sum, or a loop that is always late would never find anybody dead.
   */
  stalled(ms: number): void {
    for (const peer of this.#peers.values()) this.#extend(peer, ms);
  }

  /** Others heard this session. */
  believe({ session, at }: Proof): void {
    const peer = this.#withSession(session);
    if (peer?.state !== 'live' || at <= peer.signAt) return;
    peer.signAt = at;
    this.#extend(peer, 0);
  }

  /** How long ago we heard the session ourselves; undefined when it does not live for us. */
  ageOf(session: bigint, now: number): number | undefined {
    const peer = this.#withSession(session);
    return peer?.state === 'live' ? now - peer.heardAt : undefined;
  }

  /** Who has been silent for half the deadline at the time. */
  suspects(at: number): Suspect[] {
    return this.#live()
      .filter(({ suspectAt }) => suspectAt <= at)
      .map(({ node, session, suspectAt }) => ({ node, session, since: suspectAt }));
  }

  isOverdue(now: number): boolean {
    return this.nextDeadline() <= now;
  }

  /** Infinity while nobody is watched. */
  nextDeadline(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const peer of this.#live()) next = Math.min(next, peer.deadlineAt);
    return next;
  }

  /** Declares dead who is overdue. Read the socket empty first: after a stall timers run before sockets. */
  judge(now: number): Verdict[] {
    const overdue = this.#live().filter((peer) => peer.deadlineAt <= now);
    if (overdue.length > 0) this.version++;
    return overdue.map((peer) => {
      peer.state = 'dead';
      return { kind: 'died', node: peer.node, silentMs: Math.round(now - peer.signAt) };
    });
  }

  view(): LivePeer[] {
    return this.#live().map(({ node, ready, macs, standing, holdings }) => ({
      node,
      ready,
      ...(holdings ? { holdings: holdings.view() } : {}),
      ...(macs.length === 0 ? {} : { macs }),
      ...(standing && { standing }),
    }));
  }

  /** The sessions to echo in the message with this sequence; when too many for one, they take turns. */
  echoes(sequence: bigint, now: number): bigint[] {
    for (const [session, heardAt] of this.#newcomers) {
      if (now - heardAt > NEWCOMER_LIFE_MS) this.#newcomers.delete(session);
    }
    // Nodes that are gone for good must not crowd out those that still have to prove themselves.
    const recent = Array.from(this.#peers.values()).filter(({ heardAt }) => now - heardAt < ECHO_LIFE_MS);
    const known = recent.map((peer) => peer.session);
    const all = [...this.#newcomers.keys(), ...known];
    if (all.length <= ECHOES_MOST) return all;
    const start = Number((sequence * BigInt(ECHOES_MOST)) % BigInt(all.length));
    return [...all.slice(start), ...all.slice(0, start)].slice(0, ECHOES_MOST);
  }

  #live(): Peer[] {
    return Array.from(this.#peers.values()).filter((peer) => peer.state === 'live');
  }

  #withSession(session: bigint): Peer | undefined {
    return Array.from(this.#peers.values()).find((peer) => peer.session === session);
  }

  /** From its last sign of life, plus a stall of ours. */
  #extend(peer: Peer, stallMs: number): void {
    const { deadlineMs, graceMs } = this.#timing;
    peer.suspectAt = Math.max(peer.suspectAt, peer.signAt + deadlineMs / 2 + stallMs);
    peer.deadlineAt = Math.max(peer.deadlineAt, peer.signAt + deadlineMs + graceMs + stallMs);
  }

  #meet(message: Heartbeat, peer: Peer | undefined, now: number): Verdict | IgnoreReason | undefined {
    if (peer?.retired.has(message.session)) return 'Replay';
    if (!message.echoes.includes(this.#options.session)) {
      if (this.#newcomers.has(message.session) || this.#newcomers.size < NEWCOMERS_MOST)
        this.#newcomers.set(message.session, now);
      return 'Unproven';
    }
    this.#newcomers.delete(message.session);
    const { node, session, sequence } = message;
    const known = peer ?? {
      node,
      session,
      sequence,
      ready: false,
      macs: [],
      standing: undefined,
      holdings: undefined,
      state: 'left',
      heardAt: now,
      signAt: now,
      suspectAt: now,
      deadlineAt: now,
      retired: new Set(),
    };
    if (peer) known.retired.add(peer.session);
    Object.assign(known, { session, sequence, holdings: undefined });
    this.#peers.set(node, known);
    if (message.type === 'leave') return this.#leave(known);
    return this.#beat(known, message, now);
  }

  /** Its next life has this long to be heard. */
  #pause(peer: Peer, now: number): undefined {
    if (peer.state !== 'live') return;
    peer.deadlineAt = now + PAUSE_MS;
    peer.suspectAt = peer.deadlineAt;
  }

  #leave(peer: Peer): Verdict | undefined {
    const wasLive = peer.state === 'live';
    peer.state = 'left';
    if (!wasLive) return undefined;
    this.version++;
    return { kind: 'left', node: peer.node };
  }

  #beat(peer: Peer, { ready, macs = [], standing, holding }: Heartbeat, now: number): Verdict | undefined {
    const before = peer.state;
    if (holding) peer.holdings ??= new HeardHoldings();
    if (holding && peer.holdings?.take(holding)) this.holdingsVersion++;
    const isSame = peer.ready === ready && isSameList(peer.macs, macs) && isSameStanding(peer.standing, standing);
    if (before !== 'live' || !isSame) this.version++;
    // A pause ends here: its long deadline must not outlive it.
    Object.assign(peer, { ready, macs, standing, state: 'live' });
    Object.assign(peer, { heardAt: now, signAt: now, suspectAt: 0, deadlineAt: 0 });
    this.#extend(peer, 0);
    if (before === 'live') return undefined;
    return { kind: before === 'dead' ? 'returned' : 'joined', node: peer.node };
  }
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one, i) => one === b[i]);
}
