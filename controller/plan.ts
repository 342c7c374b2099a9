// All Service writes of one pass, and which of them wait for the next: an address goes to its next holder only when
// no other Service shows it any more. Writes go out side by side and one may fail; an order among them would not do.
import { formatIp, type Ip, isSameIp, keyOfIp } from '#core/ip.ts';
import { Occupancy } from '#core/occupancy.ts';
import type { Service } from '#core/service.ts';
import type { Decision } from './allocate.ts';
import { planRelease, planWrite, type StatusWrite } from './status.ts';

export type Plan = {
  readonly writes: readonly StatusWrite[];
  /** How many wait for other writes. */
  readonly heldBack: number;
};

export type PlanContext = {
  /** ISO 8601. */
  readonly now: string;
  readonly poolCount: number;
};

/** `services` are all of the cluster, as the cache shows them. */
export function planWrites(decisions: readonly Decision[], services: readonly Service[], context: PlanContext): Plan {
  const takers = decisions.filter(takesAddress);
  const shown = occupancyOf(takers, services);
  const blocked = takers.filter((decision) => blockerOf(decision, shown) !== undefined);
  const waiting = new Set(blocked);
  const knot = findKnot(decisions, waiting, shown);
  const writes = [
    ...decisions.filter((decision) => !waiting.has(decision)).map((decision) => planWrite(decision, context)),
    knot && planWrite(letGo(knot, shown), context),
    ...services.map(planRelease),
  ];
  return { writes: writes.filter((write) => write !== undefined), heldBack: blocked.length };
}

function takesAddress({ service, ips }: Decision): boolean {
  return ips.some((ip) => !service.held.some((held) => isSameIp(held, ip)));
}

/** Who shows the addresses that somebody takes. */
function occupancyOf(takers: readonly Decision[], services: readonly Service[]): Occupancy {
  const shown = new Occupancy();
  const taken = new Set(takers.flatMap(({ ips }) => ips.map(keyOfIp)));
  if (taken.size === 0) return shown;
  for (const service of services) for (const ip of service.held) if (taken.has(keyOfIp(ip))) shown.place(service, ip);
  return shown;
}

type Blocker = { readonly ip: Ip; readonly holder: Service };

/** Who shows an address that the decision newly takes, and does not share it. */
function blockerOf({ service, ips }: Decision, shown: Occupancy): Blocker | undefined {
  for (const ip of ips) {
    if (service.held.some((held) => isSameIp(held, ip))) continue;
    const [conflict] = shown.conflictsOf(service, ip);
    const holder = conflict && shown.holdersOf(ip).find(({ key }) => key === conflict.holder);
    if (holder) return { ip, holder };
  }
  return undefined;
}

/** Of those that wait in a circle for each other one, which has to let go first; undefined while the others make way. */
function findKnot(
  decisions: readonly Decision[],
  waiting: ReadonlySet<Decision>,
  shown: Occupancy,
): Decision | undefined {
  const byKey = new Map(waiting.size === 0 ? [] : decisions.map((decision) => [decision.service.key, decision]));
  const walked = new Set<Decision>();
  for (const start of waiting) {
    const path = new Set<Decision>();
    let next: Decision | undefined = start;
    while (next && waiting.has(next) && !walked.has(next)) {
      path.add(next);
      walked.add(next);
      next = byKey.get(blockerOf(next, shown)?.holder.key ?? '');
    }
    if (next && path.has(next)) return next;
  }
  return undefined;
}

/** What it has and keeps, without what it has to wait for. */
function letGo(decision: Decision, shown: Occupancy): Decision {
  const { service } = decision;
  const ips = decision.ips.filter((ip) => service.held.some((held) => isSameIp(held, ip)));
  const { ip, holder } = blockerOf(decision, shown) ?? {};
  const message = `waits for ${ip && formatIp(ip)}, which ${holder?.key} still shows`;
  const { pool: _, ...rest } = decision;
  return { ...(ips.length > 0 ? decision : rest), ips, satisfied: false, reason: 'AddressInUse', message };
}
