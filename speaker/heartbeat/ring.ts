// The order in which nodes watch each other in large clusters (ADR 9): by hash of the name, so that racks and ranges of names
// are spread. Every node can tell it from the list of nodes alone. Pure.
import { hash } from 'node:crypto';
import type { Page } from './news.ts';

const PLACE_DIGITS = 16;

/** A 64-bit number, never 0. */
export function placeOf(node: string): bigint {
  return BigInt(`0x${hash('sha256', node, 'hex').slice(0, PLACE_DIGITS)}`) || 1n;
}

export type Fits = (node: string) => boolean;

export class Ring {
  readonly names: readonly string[];
  /** Of the names, in their order. */
  readonly places: readonly bigint[];
  readonly #index: ReadonlyMap<string, number>;
  readonly #own: number;
  /** How many fingers there are at most. */
  readonly fingerCount: number;

  constructor(own: string, others: readonly string[]) {
    const placed = [...new Set([own, ...others])].map((name) => ({ name, place: placeOf(name) }));
    placed.sort((a, b) => (a.place < b.place ? -1 : 1));
    this.names = placed.map(({ name }) => name);
    this.places = placed.map(({ place }) => place);
    this.#index = new Map(this.names.map((name, i) => [name, i]));
    this.#own = this.#index.get(own) ?? 0;
    this.fingerCount = Math.ceil(Math.log2(this.names.length));
  }

  /** The next `most` that fit after a node, without it and ourselves; `step` -1 for those before it. */
  near(node: string, { most, fits, step = 1 }: { most: number; fits: Fits; step?: 1 | -1 }): string[] {
    const found: string[] = [];
    const { length } = this.names;
    const start = this.#index.get(node) ?? 0;
    for (let i = 1; i < length && found.length < most; i++) {
      const name = this.names[(start + step * i + length) % length] ?? '';
      if (name !== this.names[this.#own] && fits(name)) found.push(name);
    }
    return found;
  }

  /** One that fits at each power of two from us, or next after it: whoever passes on to these reaches all in few steps. */
  fingers(fits: Fits): string[] {
    const fingers = new Set<string>();
    for (let distance = 1; distance < this.names.length; distance *= 2) {
      const finger = this.#atOrAfter(distance, fits);
      if (finger !== undefined) fingers.add(finger);
    }
    return [...fingers];
  }

  /** Others one after the other, round and round. */
  at(turn: number): string {
    const others = Math.max(this.names.length - 1, 1);
    return this.names[(this.#own + 1 + (turn % others)) % this.names.length] ?? '';
  }

  within({ from, to }: Page): string[] {
    return this.names.filter((_, i) => {
      const place = this.places[i] ?? 0n;
      return place >= from && (to === 0n || place < to);
    });
  }

  #atOrAfter(distance: number, fits: Fits): string | undefined {
    const { length } = this.names;
    for (let i = distance; i < length; i++) {
      const name = this.names[(this.#own + i) % length] ?? '';
      if (fits(name)) return name;
    }
    return undefined;
  }
}
