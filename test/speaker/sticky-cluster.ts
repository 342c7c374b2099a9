// A cluster of speakers with sticky owners in rounds of one beat: who hears whom is up to the test.
import { electOwner } from '#speaker/elect.ts';
import { HeardHoldings, HoldingTurns } from '#speaker/heartbeat/holdings.ts';
import type { LivePeer } from '#speaker/heartbeat/peers.ts';
import { preferHolders, Stickiness } from '#speaker/sticky.ts';

export const ROUND_MS = 50;
/** Silence of so many rounds is death. */
export const DEATH_ROUNDS = 4;
/** A speaker that starts listens for so long. */
const SETTLE_ROUNDS = 12;

type Heard = { session: number; holdings: HeardHoldings; at: number };

class Speaker {
  readonly node: string;
  readonly session: number;
  readonly startedAt: number;
  readonly turns = new HoldingTurns();
  readonly stickiness: Stickiness;
  readonly heard = new Map<string, Heard>();
  ready = false;
  seen = '';
  nextAt = 0;
  owned: ReadonlySet<string> = new Set();

  constructor(node: string, round: number) {
    this.node = node;
    this.session = round;
    this.startedAt = round;
    this.stickiness = new Stickiness(node);
  }
}

export class StickyCluster {
  readonly #nodes: readonly string[];
  readonly #addresses: readonly string[];
  readonly #speakers = new Map<string, Speaker>();
  /** Nodes of one number hear each other. */
  readonly #sides = new Map<string, number>();
  #round = 0;

  constructor(nodes: readonly string[], addresses: readonly string[]) {
    this.#nodes = nodes;
    this.#addresses = addresses;
    for (const node of nodes) this.start(node);
  }

  start(node: string): void {
    if (!this.#speakers.has(node)) this.#speakers.set(node, new Speaker(node, this.#round));
  }

  kill(node: string): void {
    this.#speakers.delete(node);
  }

  setSide(node: string, side: number): void {
    this.#sides.set(node, side);
  }

  heal(): void {
    this.#sides.clear();
  }

  isRunning(node: string): boolean {
    return this.#speakers.has(node);
  }

  ownersOf(address: string): string[] {
    return Array.from(this.#speakers.values())
      .filter(({ owned }) => owned.has(address))
      .map(({ node }) => node);
  }

  /** One beat of everybody; `isLost` may lose it for one receiver. Then who has a reason to decides. */
  turn(isLost: () => boolean = () => false): void {
    this.#round++;
    for (const from of this.#speakers.values()) {
      const holding = from.turns.take();
      for (const to of this.#speakers.values()) {
        if (to === from || this.#sides.get(to.node) !== this.#sides.get(from.node) || isLost()) continue;
        const known = to.heard.get(from.node);
        const heard =
          known?.session === from.session ? known : { session: from.session, holdings: new HeardHoldings() };
        heard.holdings.take(holding);
        to.heard.set(from.node, { ...heard, at: this.#round });
      }
    }
    for (const speaker of this.#speakers.values()) this.#decide(speaker);
  }

  #decide(speaker: Speaker): void {
    if (this.#round - speaker.startedAt < SETTLE_ROUNDS) return;
    const live = this.#livePeers(speaker);
    // Like the speaker, which makes a pass when its view changed, or when time is up.
    const seen = JSON.stringify(live);
    if (seen === speaker.seen && this.#round * ROUND_MS < speaker.nextAt) return;
    speaker.seen = seen;
    const look = speaker.stickiness.look({ live, known: new Set(this.#nodes), now: this.#round * ROUND_MS });
    speaker.nextAt = look.nextAt ?? Number.POSITIVE_INFINITY;
    if (look.isWaiting) return;
    speaker.ready = true;
    const nodes = [speaker.node, ...live.filter(({ ready }) => ready).map(({ node }) => node)];
    const candidates = nodes.map((node) => ({ node, score: 0 }));
    const plans = this.#addresses.map((text) => {
      const owner = electOwner(preferHolders(candidates, text, look.holders), text);
      return owner === undefined ? { text } : { text, owner };
    });
    speaker.owned = new Set(plans.filter(({ owner }) => owner === speaker.node).map(({ text }) => text));
    const said = speaker.stickiness.note(plans);
    if (!said) return;
    speaker.turns.set(said);
    speaker.nextAt = 0;
  }

  #livePeers(speaker: Speaker): LivePeer[] {
    return Array.from(speaker.heard)
      .filter(([, { at }]) => this.#round - at < DEATH_ROUNDS)
      .map(([node, { holdings }]) => ({
        node,
        ready: this.#speakers.get(node)?.ready ?? true,
        holdings: holdings.view(),
      }));
  }
}
