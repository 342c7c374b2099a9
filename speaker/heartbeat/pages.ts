// The full view, page by page along the ring (ADR 9): a starting node asks for all of it at once, and everybody again now and
// then, from another node each time, in case news did not reach it. Pure; time in ms.
import type { Life, Page } from './news.ts';
import { lengthOf } from './news.ts';
import type { Ring } from './ring.ts';

const AGAIN_AFTER_MS = 60;
const APART_MS = 5;
const EVERY_MS = 10_000;

export class Pages {
  /** Read from the first to the last once. */
  isComplete = false;
  /** How many were asked for, to ask somebody else each time. */
  asked = 0;
  #from = 0n;
  #askAt = 0;

  get askAt(): number {
    return this.#askAt;
  }

  /** The page to ask for now. */
  want(now: number): bigint {
    this.asked++;
    this.#askAt = now + AGAIN_AFTER_MS;
    return this.#from;
  }

  /** Whether it is the one that was asked for. */
  take({ from, to }: Page, now: number): boolean {
    if (from !== this.#from) return false;
    this.#from = to;
    if (to === 0n) this.isComplete = true;
    this.#askAt = now + (to === 0n ? EVERY_MS : APART_MS);
    return true;
  }
}

/** As much as there is room for; one life at least. */
export function pageFrom(
  ring: Ring,
  { from, room }: { from: bigint; room: number },
  lifeOf: (node: string) => Life | undefined,
): { lives: Life[]; page: Page } {
  const lives: Life[] = [];
  let length = 0;
  let i = ring.places.findIndex((place) => place >= from);
  if (i < 0) i = ring.places.length;
  for (; i < ring.places.length; i++) {
    const life = lifeOf(ring.names[i] ?? '');
    length += life ? lengthOf(life) : 0;
    if (length > room && lives.length > 0) break;
    if (life) lives.push(life);
  }
  return { lives, page: { from, to: ring.places[i] ?? 0n } };
}
