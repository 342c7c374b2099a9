// All that a node decides about its peers and says to them: when to beat, whom to suspect, what to answer. Pure: time is a
// parameter (ms), the socket and the simulator only carry it out.
import type { Extension } from './extension.ts';
import { Fleet, WATCHERS } from './fleet.ts';
import { Gossip } from './gossip.ts';
import { type IgnoreReason, Liveness, type Verdict } from './liveness.ts';
import type { Heartbeat } from './message.ts';
import type { Peer, Presence } from './peers.ts';
import { type Aside, Suspicions } from './suspicion.ts';
import { Budget, leadOf, RING_SHARES, type Timing, timingFor } from './timing.ts';

export type WatchOptions = {
  readonly node: string;
  readonly session: bigint;
  readonly base: { readonly intervalMs: number; readonly deadlineMs: number };
};

export type Turn = {
  /** How long our own loop stood still. */
  readonly stallMs: number;
  /** An interval is over. */
  readonly isBeat: boolean;
  /** To all at once. */
  readonly beats: boolean;
  readonly asides: readonly Aside[];
  /** Somebody's deadline is over: read the socket empty, then judge at the time of this turn. */
  readonly overdue: boolean;
};

export type Heard = {
  readonly ignored?: IgnoreReason;
  readonly verdicts: readonly Verdict[];
  readonly replies: readonly Aside[];
  /** Somebody took us for dead and may have taken over. */
  readonly isAccused: boolean;
};

// Lateness of a timer below this is the timer's own grain.
const STALL_LEAST_MS = 5;
const NONE: readonly Aside[] = [];

export class Watch {
  readonly liveness: Liveness;
  timing: Timing;
  readonly #options: WatchOptions;
  readonly #suspicions: Suspicions;
  readonly #budget = new Budget(0);
  readonly #fleet: Fleet;
  readonly #gossip: Gossip;
  #hasPeers = false;
  #beatAt = 0;
  #dueAt = 0;

  constructor(options: WatchOptions) {
    const { node, session, base } = options;
    this.#options = options;
    this.timing = timingFor(base, 0);
    this.liveness = new Liveness({ node, session, timing: this.timing });
    this.#suspicions = new Suspicions(session);
    const shared = { node, session, liveness: this.liveness, budget: this.#budget };
    this.#fleet = new Fleet(shared);
    this.#gossip = new Gossip(shared);
  }

  /** The first turn is due now. */
  start(now: number): void {
    this.#beatAt = now;
    this.#dueAt = now;
  }

  /** The nodes that beats are sent to, once or in turns. */
  setPeers(names: readonly string[], now: number): void {
    this.#fleet.setPeers(names, now);
    this.#hasPeers = true;
    const { ring } = this.#fleet;
    this.#gossip.ring = ring;
    this.#budget.setPeers(ring ? RING_SHARES : names.length);
    const near = timingFor(this.#options.base, WATCHERS);
    const far = timingFor(this.#options.base, names.length);
    this.timing = ring ? near : far;
    this.liveness.retime(near, far);
  }

  /** What this node says of itself from now on. */
  present(presence: Presence, now: number): void {
    this.#gossip.present(presence, now);
  }

  /** Beats go to few at a time. */
  get isOnRing(): boolean {
    return this.#fleet.ring !== undefined;
  }

  /** How often everybody was sent a beat in turn. */
  get rounds(): number {
    return this.#fleet.rounds;
  }

  /** Everybody who lives is known, as far as others know it. */
  get isInformed(): boolean {
    return this.#fleet.ring === undefined || this.#gossip.pages.isComplete;
  }

  /** Who is told that we leave; undefined for everybody. */
  confidants(): readonly string[] | undefined {
    return this.#fleet.confidants();
  }

  /** What a message says beside its content; `to` is absent when it is one for all. */
  envelope(sequence: bigint, now: number, to?: string): Pick<Heartbeat, 'echoes' | 'ring'> {
    if (to === undefined) return { echoes: this.liveness.echoes(sequence, now) };
    if (!this.#fleet.ring) return { echoes: this.liveness.echoesTo(to) };
    const ring = { incarnation: this.#gossip.incarnation, watch: this.#fleet.isWatcher(to) };
    return { echoes: this.liveness.echoesTo(to), ring };
  }

  hear(message: Heartbeat, now: number): Heard {
    const dead = this.#deathOf(message);
    const outcome = this.liveness.hear(message, now);
    // Also when a later message overtook it: that we asked, and have no answer yet, proves it.
    const proof = message.answer && this.#suspicions.take(message.answer, message.node, now);
    if (proof && outcome !== 'Reflected') this.liveness.believe(proof);
    if (typeof outcome === 'string') return this.#ignore(message, outcome, now);
    const { verdicts, replies, isAccused } = this.#gossip.hear(message, now);
    const all = outcome ? [outcome, ...verdicts] : verdicts;
    if (all.some(({ kind }) => kind === 'died' || kind === 'left')) this.#fleet.inherit(now);
    const own = this.#afford(concat(dead, this.#reply(message, now)), now);
    const passedOn = this.#gossip.due(now);
    return { verdicts: all, replies: concat(own, replies, passedOn), isAccused };
  }

  /** To be called at `dueAt` or as soon after it as can be. */
  turn(now: number): Turn {
    const late = now - this.#dueAt;
    const stallMs = late < STALL_LEAST_MS ? 0 : late;
    if (stallMs > 0) this.liveness.stalled(stallMs);
    const isBeat = now >= this.#beatAt;
    const { intervalMs, deadlineMs } = this.timing;
    // After a stall the missed beats are not made up for.
    if (isBeat) this.#beatAt = Math.max(this.#beatAt + intervalMs, now + intervalMs / 2);
    const ringBeats = isBeat ? this.#fleet.beats({ now, intervalMs }, !this.#gossip.pages.isComplete) : [];
    const suspects = this.liveness.suspects(now);
    const witnesses = (node: string) => this.#witnessesOf(node, now);
    const asides =
      suspects.length === 0
        ? []
        : this.#suspicions.due(suspects, witnesses, { now, deadlineMs, leadMs: leadOf(this.timing) });
    for (const peer of this.liveness.overdue(now)) if (this.#isHeldUp(peer, now)) this.liveness.putOff(peer, now);
    return {
      stallMs,
      isBeat,
      beats: isBeat && !this.#fleet.ring,
      asides: concat(ringBeats, this.#afford(asides, now), this.#gossip.due(now)),
      overdue: this.liveness.nextDeadline() <= now,
    };
  }

  /** Once the socket was read empty; `at` is the time of the turn before. */
  judge(at: number, now: number): Pick<Heard, 'verdicts' | 'replies'> {
    const verdicts = this.liveness.judge(at);
    if (verdicts.length > 0) this.#fleet.inherit(now);
    return { verdicts, replies: this.#gossip.due(now) };
  }

  /** Asks a node for a beat, in case it was taken for dead: the wire says that it lives. */
  probe(node: string, now: number): readonly Aside[] {
    return this.#afford([{ to: node, type: 'probe' }], now);
  }

  /** When the next turn is due; while a verdict is being prepared, deadlines that are over do not count. */
  dueAt(now: number, isJudging: boolean): number {
    const deadline = isJudging ? Number.POSITIVE_INFINITY : this.liveness.nextDeadline();
    const round = this.#suspicions.isIdle
      ? this.liveness.peers.nextSuspicion()
      : this.#suspicions.next(this.liveness.suspects(Number.POSITIVE_INFINITY), {
          deadlineMs: this.timing.deadlineMs,
          leadMs: leadOf(this.timing),
        });
    this.#dueAt = Math.max(Math.min(this.#beatAt, deadline, round, this.#gossip.next()), now + 1);
    return this.#dueAt;
  }

  /** When there is something to pass on. */
  nextNews(): number {
    return this.#gossip.next();
  }

  /**
   * A stranger is answered such that it can prove itself at once: it may not be one of those that beats go to. Not before we
   * know how many we are, which says what an answer tells of the ring.
   */
  #ignore(message: Heartbeat, ignored: IgnoreReason, now: number): Heard {
    const isStranger = ignored === 'Unproven' && this.#hasPeers && this.#budget.takeStranger(now);
    const replies: Aside[] = isStranger ? [{ to: message.node, type: 'probe' }] : [];
    return { ignored, verdicts: [], replies, isAccused: false };
  }

  /** What the sender is told when it was dead for us: it may have lost its addresses to others. */
  #deathOf({ node, session, ring }: Heartbeat): readonly Aside[] {
    const peer = this.liveness.peers.of(node);
    if (peer?.state !== 'dead' || peer.session !== session) return NONE;
    const { incarnation } = peer;
    // It knows already.
    if (ring && ring.incarnation > incarnation) return NONE;
    return [{ to: node, type: 'beat', news: [{ kind: 'died', session, incarnation }] }];
  }

  #reply({ type, node, session, question }: Heartbeat, now: number): readonly Aside[] {
    if (type === 'beat') return NONE;
    if (type === 'probe') return [{ to: node, type: 'beat' }];
    const age = type === 'question' && question ? this.liveness.ageOf(question.about, now) : undefined;
    if (!question || age === undefined || age > question.withinMs) return NONE;
    const { about, id } = question;
    // Rounded up: an answer never promises more than was heard.
    return [{ to: node, type: 'answer', answer: { asker: session, id, about, ageMs: Math.ceil(age) } }];
  }

  #witnessesOf(node: string, now: number): string[] {
    const suspects = new Set(this.liveness.suspects(now).map((suspect) => suspect.node));
    const all = this.#fleet.ring ? this.#fleet.witnessesOf(node) : this.liveness.peers.live().map((peer) => peer.node);
    const awake = all.filter((one) => !suspects.has(one));
    // Those that stand still may have heard it, too: their silence holds up the verdict.
    return awake.length > 0 ? awake : all.filter((one) => one !== node);
  }

  /** A witness that was asked and has not answered seems to stand still itself, or has only just woken up. */
  #isHeldUp({ session, isPutOff }: Peer, now: number): boolean {
    return this.#suspicions.unanswered(session).some((name) => {
      const witness = this.liveness.peers.of(name);
      if (witness?.state !== 'live') return false;
      return witness.suspectAt <= now || (isPutOff && now - witness.heardAt < this.timing.graceMs);
    });
  }

  #afford(asides: readonly Aside[], now: number): readonly Aside[] {
    return asides.length === 0 ? NONE : asides.filter(({ to }) => this.#budget.take(to, now));
  }
}

/** Most of them are empty. */
function concat(...lists: (readonly Aside[])[]): readonly Aside[] {
  const filled = lists.filter((list) => list.length > 0);
  return filled.length > 1 ? filled.flat() : (filled[0] ?? NONE);
}

/** The records that an aside carries. */
export function extensionOf(aside: Aside): Extension {
  const { to: _to, type: _type, ...extension } = aside;
  return extension;
}
