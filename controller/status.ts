// From a decision to the one status patch that makes it so, or to nothing when the Service says it already.
import { formatIp, type Ip, isSameIp } from '#core/ip.ts';
import { ALLOCATED_FROM_POOL, CONDITION_ALLOCATED } from '#core/names.ts';
import type { Condition, Service } from '#core/service.ts';
import type { Decision } from './allocate.ts';

/** A strategic merge patch of the status subresource (it also carries the annotation) and the Event that tells of it. */
export type StatusWrite = {
  readonly service: Service;
  readonly patch: object;
  readonly event?: { readonly type: 'Normal' | 'Warning'; readonly reason: string; readonly message: string };
};

/** `now` is ISO 8601. A Service served by somebody else is left alone as long as no pool of ours could take over. */
export function planWrite(
  decision: Decision,
  { now, poolCount }: { now: string; poolCount: number },
): StatusWrite | undefined {
  const { service } = decision;
  if (poolCount === 0 && service.held.length > 0 && !hasOurTrace(service)) return undefined;
  const condition = conditionOf(decision, service, now);
  const sameAddresses = isSameList(service.held, decision.ips);
  if (sameAddresses && service.heldPool === decision.pool && condition === undefined) return undefined;
  const { reason, message } = decision;
  return {
    service,
    patch: {
      metadata: {
        resourceVersion: service.resourceVersion,
        annotations: { [ALLOCATED_FROM_POOL]: decision.pool ?? null },
      },
      status: {
        loadBalancer: {
          ingress: decision.ips.length === 0 ? null : decision.ips.map((ip) => ({ ip: formatIp(ip), ipMode: 'VIP' })),
        },
        ...(condition ? { conditions: [condition] } : {}),
      },
    },
    ...(condition || !sameAddresses
      ? { event: { type: decision.satisfied ? 'Normal' : 'Warning', reason, message } }
      : {}),
  };
}

/**
 * A Service that is no load balancer any more loses what we wrote; the API server has emptied its addresses itself. On one of
 * another class the condition may be that of another Arpeggio in the cluster: the two would strip each other for ever.
 */
export function planRelease(service: Service): StatusWrite | undefined {
  if (service.type === 'LoadBalancer' || !hasOurTrace(service)) return undefined;
  return {
    service,
    patch: {
      metadata: { resourceVersion: service.resourceVersion, annotations: { [ALLOCATED_FROM_POOL]: null } },
      status: { conditions: [{ $patch: 'delete', type: CONDITION_ALLOCATED }] },
    },
  };
}

function isSameList(a: readonly Ip[], b: readonly Ip[]): boolean {
  return a.length === b.length && a.every((ip, i) => isSameIp(ip, b[i] as Ip));
}

function hasOurTrace({ heldPool, conditions }: Service): boolean {
  return heldPool !== undefined || conditions.some(({ type }) => type === CONDITION_ALLOCATED);
}

/** The condition to write, or undefined when it stands already. Its time is that of the last address too: tenure counts from there. */
function conditionOf(decision: Decision, service: Service, now: string): Condition | undefined {
  const status = decision.satisfied ? 'True' : 'False';
  const { reason, message } = decision;
  const isNew = decision.ips.some((ip) => !service.held.some((held) => isSameIp(held, ip)));
  const present = service.conditions.find(({ type }) => type === CONDITION_ALLOCATED);
  if (!isNew && present && present.status === status && present.reason === reason && present.message === message)
    return undefined;
  const since = present?.status === status && !isNew ? present.lastTransitionTime : undefined;
  return { type: CONDITION_ALLOCATED, status, reason, message, lastTransitionTime: since ?? now };
}
