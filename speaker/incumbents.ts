// STICKY_OWNER on the speaker: hears of holders from the heartbeats and says there what this node holds.
import type { Heartbeat } from './heartbeat/channel.ts';
import type { AddressPlan } from './plan.ts';
import { type Holders, Stickiness } from './sticky.ts';

export type Incumbents = {
  /** False while it is not known what the others hold. `known` are all nodes that should have a speaker. */
  look(known: Iterable<string>): boolean;
  /** As of the last look; undefined: owners by rank. */
  holders(): Holders | undefined;
  note(plans: readonly AddressPlan[]): void;
  /** This process stood still for a while. */
  weaken(): void;
};

export type IncumbentsOptions = {
  readonly node: string;
  readonly heartbeat: () => Heartbeat;
  /** Time passed, or this node holds something else: both ask for another pass. */
  readonly onChange: () => void;
};

export const NO_INCUMBENTS: Incumbents = {
  look: () => true,
  holders: () => undefined,
  note: () => {},
  weaken: () => {},
};

export function openIncumbents({ node, heartbeat, onChange }: IncumbentsOptions): Incumbents {
  const stickiness = new Stickiness(node);
  let holders: Holders | undefined;
  let wakeUp: NodeJS.Timeout | undefined;
  return {
    look(nodes) {
      const now = performance.now();
      const { live } = heartbeat().view();
      const known = new Set([node, ...nodes, ...live.map((peer) => peer.node)]);
      const look = stickiness.look({ live, known, now });
      holders = look.holders;
      clearTimeout(wakeUp);
      wakeUp = look.nextAt === undefined ? undefined : setTimeout(onChange, Math.ceil(look.nextAt - now) + 1);
      return !look.isWaiting;
    },
    holders: () => holders,
    note(plans) {
      const holdings = stickiness.note(plans);
      if (!holdings) return;
      heartbeat().setHoldings(holdings);
      onChange();
    },
    weaken() {
      stickiness.weaken(performance.now());
      onChange();
    },
  };
}
