// The other nodes as this one knows them: the store that hearing and hearsay both write to. Pure.
import { HeardHoldings, type Holding, type PeerHoldings } from './holdings.ts';
import { isSameStanding, type Standing } from './standing.ts';

export type LivePeer = {
  readonly node: string;
  readonly ready: boolean;
  readonly macs?: readonly string[];
  readonly standing?: Standing;
  /** Absent where the peer has no sticky owners. */
  readonly holdings?: PeerHoldings;
};

/** What a node says of itself. */
export type Presence = {
  readonly ready: boolean;
  readonly macs?: readonly string[] | undefined;
  readonly standing?: Standing | undefined;
  /** Some or all of what it holds. */
  readonly holding?: Holding | undefined;
};

export type Peer = {
  readonly node: string;
  session: bigint;
  /** Of the last message heard. */
  sequence: bigint;
  /** What was said about a session is outdone by what is said of a higher one. */
  incarnation: number;
  ready: boolean;
  macs: readonly string[];
  standing: Standing | undefined;
  holdings: HeardHoldings | undefined;
  state: 'live' | 'dead' | 'left';
  /** Heard itself, and no recording; else all that is known is hearsay. */
  isProven: boolean;
  /** A watcher met its next life, which is not known here yet. */
  isReplaced: boolean;
  /** When its life became known by hearsay. */
  knownAt: number;
  /** By ourselves. */
  heardAt: number;
  /** Heard by ourselves or, as proved, by others. */
  signAt: number;
  suspectAt: number;
  deadlineAt: number;
  /** It starts again in place: until then its next life counts as ready, whatever it says at first. */
  pausedUntil: number;
  /** It beats to few on a ring, else to all. */
  isNear: boolean;
  /** The verdict waits for a witness that stands still. */
  isPutOff: boolean;
  /** Its earlier sessions. */
  retired: readonly bigint[];
};

const NEVER = Number.NEGATIVE_INFINITY;
const NONE: readonly bigint[] = [];
const NO_MACS: readonly string[] = [];

export class Peers {
  /** Live ones whose silence is death; in large clusters few of all. */
  readonly watched = new Set<Peer>();
  /** Grows whenever the view changes. */
  version = 0;
  /** The same for what peers hold, which comes in many parts. */
  holdingsVersion = 0;
  readonly #byNode = new Map<string, Peer>();
  readonly #bySession = new Map<bigint, Peer>();

  of(node: string): Peer | undefined {
    return this.#byNode.get(node);
  }

  withSession(session: bigint): Peer | undefined {
    return this.#bySession.get(session);
  }

  all(): IterableIterator<Peer> {
    return this.#byNode.values();
  }

  live(): Peer[] {
    return Array.from(this.#byNode.values()).filter(({ state }) => state === 'live');
  }

  view(): LivePeer[] {
    return this.live().map(({ node, ready, macs, standing, holdings }) => ({
      node,
      ready,
      ...(holdings ? { holdings: holdings.view() } : {}),
      ...(macs.length === 0 ? {} : { macs }),
      ...(standing && { standing }),
    }));
  }

  /** It lives, and says this of itself; true when what it holds is all that is new. */
  describe(peer: Peer, { ready, macs = NO_MACS, standing, holding }: Presence): boolean {
    const isSame = peer.ready === ready && isSameList(peer.macs, macs) && isSameStanding(peer.standing, standing);
    const isNews = peer.state !== 'live' || !isSame;
    if (isNews) this.version++;
    peer.state = 'live';
    peer.ready = ready;
    peer.macs = macs;
    peer.standing = standing;
    if (holding) peer.holdings ??= new HeardHoldings();
    const holdsNew = holding !== undefined && peer.holdings?.take(holding) === true;
    if (holdsNew) this.holdingsVersion++;
    return holdsNew && !isNews;
  }

  /** When the next suspicion begins. */
  nextSuspicion(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { suspectAt } of this.watched) if (suspectAt < next) next = suspectAt;
    return next;
  }

  /** The peer in this life; an earlier one never counts again. */
  renew(node: string, session: bigint): Peer {
    const peer = this.#byNode.get(node) ?? createPeer(node, session);
    if (peer.session !== session) {
      peer.retired = [...peer.retired, peer.session];
      this.#bySession.delete(peer.session);
    }
    const unknown = { sequence: 0n, incarnation: 0, isProven: false, isReplaced: false, holdings: undefined };
    Object.assign(peer, { session, ...unknown, heardAt: NEVER });
    this.#byNode.set(node, peer);
    this.#bySession.set(session, peer);
    return peer;
  }

  end(peer: Peer, state: 'dead' | 'left'): void {
    if (peer.state === 'live') this.version++;
    peer.state = state;
    this.watched.delete(peer);
  }
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((one, i) => one === b[i]));
}

function createPeer(node: string, session: bigint): Peer {
  return {
    node,
    session,
    sequence: 0n,
    incarnation: 0,
    ready: false,
    macs: NO_MACS,
    standing: undefined,
    holdings: undefined,
    state: 'left',
    isProven: false,
    isReplaced: false,
    knownAt: NEVER,
    heardAt: NEVER,
    signAt: 0,
    suspectAt: 0,
    deadlineAt: 0,
    pausedUntil: NEVER,
    isNear: true,
    isPutOff: false,
    retired: NONE,
  };
}
