// What this node says of itself: in every message, and on a ring (ADR 9) also as news. Pure.
import { type Holding, HoldingTurns } from './holdings.ts';
import type { Presence } from './peers.ts';
import type { ToHeartbeat } from './protocol.ts';
import type { Standing } from './standing.ts';

/** What a message says, `ready` apart. */
export type Told = {
  readonly macs: readonly string[];
  readonly standing?: Standing;
  readonly holding?: Holding;
};

/** From the main thread. */
export type AboutSelf = Extract<ToHeartbeat, { kind: 'ready' | 'macs' | 'standing' | 'holdings' }>;

export class Self {
  ready = false;
  #macs: readonly string[] = [];
  #standing: Standing | undefined;
  readonly #holdings: HoldingTurns | undefined;
  #round = 0;

  constructor(isSticky: boolean) {
    this.#holdings = isSticky ? new HoldingTurns() : undefined;
  }

  /** True when peers are to learn it now, not at the next beat. */
  take(message: AboutSelf): boolean {
    if (message.kind === 'holdings') return this.#holdings?.set(message) ?? false;
    if (message.kind === 'macs') this.#macs = message.macs;
    else if (message.kind === 'standing') this.#standing = message.standing;
    else this.ready = message.ready;
    return message.kind !== 'macs';
  }

  /** This process stood still. */
  weaken(): void {
    this.#holdings?.weaken();
  }

  /** A message that all get is next: it says the next range of what this node holds. */
  turn(): void {
    this.#holdings?.take();
  }

  /** On a ring all have got a message once everybody had his turn. */
  turnWith(round: number): void {
    if (round !== this.#round) this.turn();
    this.#round = round;
  }

  told(): Told {
    return {
      macs: this.#macs,
      ...(this.#standing && { standing: this.#standing }),
      ...(this.#holdings && { holding: this.#holdings.again() }),
    };
  }

  /** For news: the same objects until something changed. Where all get all messages, what it holds comes with those. */
  presence({ isAnswering, isOnRing }: { isAnswering: boolean; isOnRing: boolean }): Presence {
    const holding = isOnRing ? this.#holdings?.news() : undefined;
    return { ready: this.ready && isAnswering, macs: this.#macs, standing: this.#standing, holding };
  }
}
