// News on its way from node to node (ADR 9): everything new goes to a few others at once, and once more a moment later, when
// those that died together are known. Packets are bounded; what cannot go yet goes together later. Pure; time in ms.
import { lengthOf, type News } from './news.ts';

type Item = { readonly news: News; readonly at: number };

const NEVER = Number.POSITIVE_INFINITY;
// Packets a second: one bucket of this, filled at this rate.
const BURST_MOST = 130;
const APART_MS = 10;
/** Longer than the verdicts on nodes that died together are apart. */
const AGAIN_MS = 250;

export class Relay {
  #fresh: Item[] = [];
  /** Said once, in the order in which they are due again. */
  #again: Item[] = [];
  /** Of each session the latest; when it is lost, pages and beats make up for it. */
  #routine: Item[] = [];
  #tokens = BURST_MOST;
  #filledAt = 0;
  #sentAt = Number.NEGATIVE_INFINITY;

  add(news: readonly News[], now: number): void {
    for (const one of news) {
      const isRoutine = one.kind === 'lives' && one.isRoutine;
      if (!isRoutine) this.#fresh.push({ news: one, at: now });
      else
        this.#routine = [...this.#routine.filter((item) => item.news.session !== one.session), { news: one, at: now }];
    }
  }

  /** When the next lot is to go to so many. */
  next(targets: number): number {
    const first = Math.min(this.#fresh[0]?.at ?? NEVER, this.#again[0]?.at ?? NEVER, this.#routine[0]?.at ?? NEVER);
    if (first === NEVER || targets === 0) return NEVER;
    const missing = Math.min(targets, BURST_MOST) - this.#tokens;
    return Math.max(first, this.#sentAt + APART_MS, this.#filledAt + (missing / BURST_MOST) * 1_000);
  }

  /** What goes to so many others now, in one message to each; empty for nothing. */
  take(targets: number, room: number, now: number): News[] {
    if (this.next(targets) > now) return [];
    this.#tokens = Math.min(BURST_MOST, this.#tokens + ((now - this.#filledAt) / 1_000) * BURST_MOST) - targets;
    this.#filledAt = now;
    this.#sentAt = now;
    const taken: News[] = [];
    const fresh = takeSome(this.#fresh, taken, { room, now });
    takeSome(this.#again, taken, { room, now });
    takeSome(this.#routine, taken, { room, now });
    for (const { news } of fresh) this.#again.push({ news, at: now + AGAIN_MS });
    return taken;
  }
}

/** From the front, what is due and fits beside what was taken before; one always does. */
function takeSome(items: Item[], taken: News[], { room, now }: { room: number; now: number }): Item[] {
  let length = taken.reduce((sum, news) => sum + lengthOf(news), 0);
  let count = 0;
  for (const { news, at } of items) {
    length += lengthOf(news);
    if (at > now || (length > room && taken.length > 0)) break;
    taken.push(news);
    count++;
  }
  return items.splice(0, count);
}
