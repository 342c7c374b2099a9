// News in large clusters (ADR 9): what a node says of itself, believes of others and passes on, and the full view page by page.
// Pure; time in ms.
import { detailsOf, type Learned, learn, lifeOf } from './hearsay.ts';
import type { Liveness, Verdict } from './liveness.ts';
import { type Heartbeat, roomBeside } from './message.ts';
import type { Life, News, Page } from './news.ts';
import { Pages, pageFrom } from './pages.ts';
import type { Peer, Presence } from './peers.ts';
import { Relay } from './relay.ts';
import type { Fits, Ring } from './ring.ts';
import type { Aside } from './suspicion.ts';
import type { Budget } from './timing.ts';

export type Heard = {
  readonly verdicts: readonly Verdict[];
  readonly replies: readonly Aside[];
  /** Somebody took us for dead. */
  readonly isAccused: boolean;
};

export type GossipOptions = {
  readonly node: string;
  readonly session: bigint;
  readonly liveness: Liveness;
  readonly budget: Budget;
};

/** Of the news in one message, which is built for hundreds of receivers in a short time. */
const LENGTH_MOST = 1_000;
/** Who lacks more on a page than this has just started itself. */
const LACKING_MOST = 8;
/** From whom one page is asked to whom the next is: far away, so that nobody is asked for many. */
const PAGES_STEP = 7;
const NOTHING: Heard = { verdicts: [], replies: [], isAccused: false };

export class Gossip {
  readonly pages = new Pages();
  incarnation = 0;
  /** Undefined while everybody hears everybody. */
  ring: Ring | undefined;
  readonly #options: GossipOptions;
  readonly #relay = new Relay();
  readonly #isLive: Fits;
  #presence: Presence = { ready: false };
  #room = 0;

  constructor(options: GossipOptions) {
    this.#options = options;
    this.#isLive = (node) => options.liveness.peers.of(node)?.state === 'live';
  }

  /** All are told at once when it changed; the same objects stand for the same. */
  present(presence: Presence, now: number): void {
    const before = this.#presence;
    const { ready, macs, standing, holding } = presence;
    const isSame = ready === before.ready && macs === before.macs && standing === before.standing;
    if (isSame && holding === before.holding) return;
    this.#presence = presence;
    this.#room = this.#roomFor(presence);
    this.incarnation++;
    this.#tell([{ ...this.#own(), ...(isSame ? { isRoutine: true } : {}) }], now);
  }

  /** When `due` has something. */
  next(): number {
    return this.ring ? Math.min(this.#relay.next(this.ring.fingerCount), this.pages.askAt) : Number.POSITIVE_INFINITY;
  }

  due(now: number): readonly Aside[] {
    const news = this.#options.liveness.takeNews();
    if (!this.ring) return NOTHING.replies;
    this.#relay.add(news, now);
    return this.next() > now ? NOTHING.replies : this.#say(this.ring, now);
  }

  #say(ring: Ring, now: number): Aside[] {
    const asides = this.#ask(ring, now);
    const news = this.#relay.take(ring.fingerCount, this.#room, now);
    if (news.length === 0) return asides;
    const fingers = ring.fingers(this.#isLive);
    return [...asides, ...fingers.map((to) => ({ to, type: 'beat' as const, news }))];
  }

  /** Of a message that counts. */
  hear(message: Heartbeat, now: number): Heard {
    if (!message.news && message.want === undefined) return NOTHING;
    const learned = (message.news ?? []).map((news) => ({ news, ...this.#learn(news, now) }));
    for (const { news, isNew, isRoutine } of learned)
      if (isNew) this.#tell([isRoutine && news.kind === 'lives' ? { ...news, isRoutine } : news], now);
    const verdicts = learned.map(({ verdict }) => verdict).filter((verdict) => verdict !== undefined);
    if (message.page && this.pages.take(message.page, now)) this.#compare(message, message.page, now);
    const isAccused = learned.some((one) => one.isAccused);
    const replies = message.want === undefined ? [] : this.#answer(message.node, message.want, now);
    // The accuser may be the only way to those that think the same.
    if (isAccused && this.#options.budget.takeStranger(now))
      replies.push({ to: message.node, type: 'beat', news: [this.#own()] });
    return { verdicts, replies, isAccused };
  }

  #own(): Life {
    const { node, session } = this.#options;
    const [{ ready }, { incarnation }] = [this.#presence, this];
    return { kind: 'lives', node, session, incarnation, ready, details: detailsOf(this.#presence) };
  }

  #roomFor({ macs = [], standing }: Presence): number {
    const beside = { macs, ...(standing && { standing }), ring: { incarnation: 0, watch: false } };
    return Math.min(LENGTH_MOST, roomBeside(this.#options.node, { ...beside, want: 0n, page: { from: 0n, to: 0n } }));
  }

  #tell(news: readonly News[], now: number): void {
    if (this.ring) this.#relay.add(news, now);
  }

  #learn(news: News, now: number): Learned & { readonly isAccused?: boolean } {
    const { node, session, liveness } = this.#options;
    if (news.session === session) return { isNew: false, isAccused: this.#refute(news, now) };
    if (news.kind === 'lives' && news.node === node) return { isNew: false };
    const recent = now - liveness.near.deadlineMs - liveness.near.graceMs;
    const learned = learn(liveness.peers, news, { now, recent });
    // Not believed yet, but looked into.
    if (news.kind === 'died' && !learned.isNew) this.#doubt(liveness.peers.withSession(news.session), recent);
    return learned;
  }

  #doubt(peer: Peer | undefined, recent: number): void {
    if (peer && peer.heardAt > recent) this.#options.liveness.expect(peer, peer.heardAt);
  }

  #refute({ kind, incarnation }: News, now: number): boolean {
    if (kind !== 'died') return false;
    if (incarnation >= this.incarnation) {
      this.incarnation = incarnation + 1;
      this.#tell([this.#own()], now);
    }
    return true;
  }

  #ask(ring: Ring, now: number): Aside[] {
    if (this.pages.askAt > now) return [];
    const { peers } = this.#options.liveness;
    const start = ring.at(this.pages.asked * PAGES_STEP);
    const [to] = ring.near(start, { most: 1, fits: (node) => isProven(peers.of(node)) });
    const want = this.pages.want(now);
    return to === undefined ? [] : [{ to, type: 'beat', want }];
  }

  #answer(to: string, want: bigint, now: number): Aside[] {
    if (!this.ring || !this.#options.budget.takeStranger(now)) return [];
    const { node, liveness } = this.#options;
    const { lives, page } = pageFrom(this.ring, { from: want, room: this.#room }, (name) => {
      const peer = name === node ? undefined : liveness.peers.of(name);
      if (name === node) return this.#own();
      return peer?.state === 'live' ? lifeOf(peer) : undefined;
    });
    return [{ to, type: 'beat', news: lives, page }];
  }

  /** Whom we hold for alive and the other does not is looked into. */
  #compare({ node, news = [] }: Heartbeat, page: Page, now: number): void {
    const { peers } = this.#options.liveness;
    const lives = new Set(news.map((one) => (one.kind === 'lives' ? one.node : '')));
    const held = (this.ring?.within(page) ?? []).map((name) => peers.of(name)).filter((peer) => peer?.state === 'live');
    const lacking = held.filter((peer) => peer && peer.node !== node && !lives.has(peer.node));
    if (lacking.length > LACKING_MOST) return;
    for (const peer of lacking) if (peer) this.#options.liveness.expect(peer, now);
  }
}

function isProven(peer: Peer | undefined): boolean {
  return peer?.state === 'live' && peer.isProven;
}
