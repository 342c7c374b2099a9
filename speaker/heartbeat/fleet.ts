// Who watches whom where all-to-all beats would be too slow, above 64 nodes (ADR 9): a node beats to a few successors on a ring,
// and to everybody now and then. The sender says who is to watch it, so nodes that do not know the same others yet never
// take each other for dead. Pure; time in ms.
import type { Liveness } from './liveness.ts';
import { type Fits, Ring } from './ring.ts';
import type { Aside } from './suspicion.ts';
import type { Budget } from './timing.ts';

const ALL_TO_ALL_MOST = 64;
/** When more than these die together, those that follow as watchers find out. */
export const WATCHERS = 6;
// Beats a second to nodes that do not watch us.
const BACKGROUND = 60;
/** Background beats that may be lost in a row before the silence of a node that others watch is looked into. */
const QUIET_ROUNDS = 4;
const QUIET_LEAST_MS = 5_000;

type Tick = { readonly now: number; readonly intervalMs: number };

export class Fleet {
  ring: Ring | undefined;
  readonly #node: string;
  readonly #liveness: Liveness;
  readonly #budget: Budget;
  readonly #isLive: Fits;
  #watchers: ReadonlySet<string> = new Set();
  /** How many background beats went out, and the fraction that is due. */
  #round = 0;
  #owed = 0;

  constructor({ node, liveness, budget }: { node: string; liveness: Liveness; budget: Budget }) {
    this.#node = node;
    this.#liveness = liveness;
    this.#budget = budget;
    this.#isLive = (name) => liveness.peers.of(name)?.state === 'live';
  }

  setPeers(names: readonly string[], now: number): void {
    const before = this.ring;
    this.ring = names.length >= ALL_TO_ALL_MOST ? new Ring(this.#node, names) : undefined;
    // From now on everybody beats to us, or says that he does not.
    if (before && !this.ring) for (const peer of this.#liveness.peers.live()) this.#liveness.expect(peer, now);
  }

  /** How often everybody had his turn. */
  get rounds(): number {
    return this.ring ? Math.floor(this.#round / Math.max(this.ring.names.length - 1, 1)) : 0;
  }

  isWatcher(name: string): boolean {
    return this.#watchers.has(name);
  }

  /** Those that should hear a node at its full pace, like us. */
  witnessesOf(name: string): string[] {
    return this.ring?.near(name, { most: WATCHERS, fits: this.#isLive }) ?? [];
  }

  /** Who is told that we leave. */
  confidants(): string[] | undefined {
    return this.ring && [...new Set([...this.#watchers, ...this.ring.fingers(this.#isLive)])];
  }

  /** Due once every interval. `isNew`: we may not know yet who lives. */
  beats(tick: Tick, isNew: boolean): Aside[] {
    const { ring } = this;
    if (!ring) return [];
    const before = this.#watchers;
    this.#watchers = new Set(ring.near(this.#node, { most: WATCHERS, fits: this.#isLive }));
    const released = Array.from(before).filter((name) => !this.#watchers.has(name) && this.#isLive(name));
    const strangers = isNew ? this.#strangers(ring, tick.now) : [];
    const to = new Set([...this.#watchers, ...released, ...this.#background(ring, tick), ...strangers]);
    return Array.from(to, (name) => ({ to: name, type: 'beat' as const }));
  }

  /** Somebody is gone: we may be among those who are to watch in its place. */
  inherit(now: number): void {
    const watched = this.ring?.near(this.#node, { most: WATCHERS, fits: this.#isLive, step: -1 }) ?? [];
    for (const name of watched) this.#expect(name, now);
  }

  #background(ring: Ring, { now, intervalMs }: Tick): string[] {
    const others = ring.names.length - 1;
    this.#owed += (Math.min(BACKGROUND, others) * intervalMs) / 1_000;
    const names: string[] = [];
    for (; this.#owed >= 1; this.#owed--) names.push(ring.at(this.#round++));
    const quietMs = Math.max(QUIET_LEAST_MS, (QUIET_ROUNDS * others * 1_000) / BACKGROUND);
    for (const name of names) if (this.#isQuiet(name, now - quietMs)) this.#expect(name, now);
    return names;
  }

  #isQuiet(name: string, since: number): boolean {
    const peer = this.#liveness.peers.of(name);
    return peer?.state === 'live' && Math.max(peer.heardAt, peer.knownAt) < since;
  }

  /** Neighbours that we do not know, so that they can tell others of us. */
  #strangers(ring: Ring, now: number): string[] {
    const isStrange = (name: string) => !this.#isLive(name);
    const near = ring.near(this.#node, { most: WATCHERS, fits: isStrange });
    const far = ring.fingers(() => true).filter(isStrange);
    return [...near, ...far].filter(() => this.#budget.takeStranger(now));
  }

  #expect(name: string, now: number): void {
    const peer = this.#liveness.peers.of(name);
    if (peer) this.#liveness.expect(peer, now);
  }
}
