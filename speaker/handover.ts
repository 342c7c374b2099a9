// An address that leaves this node because the node drains is answered for until its new owner is heard on the wire: both
// forward, so two that answer for a moment do no harm, and none would. Pure; time in ms.
import type { AddressPlan } from './plan.ts';

/** A new owner that is not heard (its frames may not reach us) is believed to answer by then. */
export const HANDOVER_MOST_MS = 500;
/** It may have known of the drain before us: heard this long ago, it answers already. */
const HEARD_LIFE_MS = 1_000;

export type Kept = {
  /** The plans, with what is still answered for marked so. */
  readonly plans: readonly AddressPlan[];
  /** When to ask again, if anything waits. */
  readonly nextAt: number | undefined;
};

type Held = { plan: AddressPlan; heardAt: number; until: number | undefined };

export class Handover {
  /** What this node answers for. */
  readonly #held = new Map<string, Held>();

  keep(plans: readonly AddressPlan[], now: number): Kept {
    const texts = new Set(plans.map(({ text }) => text));
    for (const text of this.#held.keys()) if (!texts.has(text)) this.#held.delete(text);
    const kept = plans.map((plan) => this.#judge(plan, now));
    const ends = Array.from(this.#held.values(), ({ until }) => until).filter((until) => until !== undefined);
    return { plans: kept, nextAt: ends.length === 0 ? undefined : ends.reduce((a, b) => Math.min(a, b)) };
  }

  /** Another speaker announces the address. True when that ends a handover. */
  hear(text: string, now: number): boolean {
    const held = this.#held.get(text);
    if (!held) return false;
    held.heardAt = now;
    if (held.until === undefined || held.until <= now) return false;
    held.until = now;
    return true;
  }

  #judge(plan: AddressPlan, now: number): AddressPlan {
    const held = this.#held.get(plan.text);
    if (plan.reason === 'announce') {
      this.#held.set(plan.text, { plan, heardAt: held?.heardAt ?? Number.NEGATIVE_INFINITY, until: undefined });
      return plan;
    }
    if (held && plan.reason === 'draining' && plan.owner !== undefined) {
      held.until ??= now - held.heardAt < HEARD_LIFE_MS ? now : now + HANDOVER_MOST_MS;
      // As it was announced, on the same interfaces.
      if (now < held.until) return { ...held.plan, services: plan.services, owner: plan.owner };
    }
    this.#held.delete(plan.text);
    return plan;
  }
}
