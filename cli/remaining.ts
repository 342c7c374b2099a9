// What a node that drains still announces, and why it stays there. Pure.
import { formatIp } from '#core/ip.ts';
import type { AddressPlan } from '#speaker/plan.ts';
import { holdersOf, planOf, speakersOf } from './announcing.ts';
import { passedOver } from './candidates.ts';
import type { Snapshot } from './snapshot.ts';

export type Remaining = { readonly address: string; readonly service: string; readonly why: string };

/** `addresses` are those that the node announces. */
export function remainingOn(snapshot: Snapshot, node: string, addresses: ReadonlySet<string>): Remaining[] {
  const speakers = speakersOf(snapshot);
  const others = { ...snapshot, nodes: new Map(Array.from(snapshot.nodes).filter(([name]) => name !== node)) };
  return snapshot.services.flatMap((service) =>
    service.held
      .filter((ip) => addresses.has(formatIp(ip)))
      .map((ip) => {
        const plan = planOf(snapshot, { ip, services: holdersOf(snapshot, ip), speakers });
        const nobody = `no other node can announce it: ${passedOver(others, service, ip)}`;
        return { address: formatIp(ip), service: service.key, why: whyStill(plan, node, nobody) };
      }),
  );
}

function whyStill(plan: AddressPlan | undefined, node: string, nobody: string): string {
  if (!plan) return 'not known while the configuration is invalid';
  return plan.owner === undefined || plan.owner === node ? nobody : `${plan.owner} has not taken it yet`;
}
