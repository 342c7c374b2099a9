// `explain`: why a Service has its addresses or none, who owns them, and what stands in the way. Pure.
import { nameSome } from '#core/rules/pool-rules.ts';
import type { Service } from '#core/service.ts';
import { suggestion } from '#core/suggest.ts';
import { allocationFindings } from './allocation-findings.ts';
import { type Announcing, announcementFindings, announcingOf } from './announcement-findings.ts';
import type { Finding, Level } from './finding.ts';
import { metalLbFindings } from './metallb-findings.ts';
import { programFindings } from './program-findings.ts';
import type { Snapshot } from './snapshot.ts';
import type { Told } from './told.ts';

/** What is read only for the one Service. */
export type Evidence = {
  /** What speakers tell, by node. */
  readonly told: ReadonlyMap<string, Told>;
  /** The latest Event that a node began to announce it. */
  readonly lastAnnounced: AnnouncedEvent | undefined;
};

export type AnnouncedEvent = { readonly message: string; readonly at: string };

export type Explanation = {
  readonly service: string;
  readonly addresses: readonly Announcing[];
  readonly lastAnnounced?: AnnouncedEvent;
  /** Errors first; the first of them is the cause. */
  readonly findings: readonly Finding[];
};

export const NO_EVIDENCE: Evidence = { told: new Map(), lastAnnounced: undefined };

const ORDER: readonly Level[] = ['error', 'warning', 'info'];

export function explainService(snapshot: Snapshot, service: Service, evidence: Evidence = NO_EVIDENCE): Explanation {
  const { told, lastAnnounced } = evidence;
  const stranger = strangerFindings(snapshot, service);
  const found =
    stranger.length > 0
      ? stranger
      : [
          ...metalLbFindings(snapshot),
          ...allocationFindings(snapshot, service),
          ...announcementFindings(snapshot, service, told),
          ...programFindings(snapshot),
        ];
  return {
    service: service.key,
    addresses: service.held.map((ip) => announcingOf(snapshot, service, ip)),
    ...(lastAnnounced ? { lastAnnounced } : {}),
    findings: ORDER.flatMap((level) => found.filter((finding) => finding.level === level)),
  };
}

/** No Service has this `namespace/name`: perhaps one of another namespace is meant, or one of a similar name. */
export function whyUnknown(key: string, services: readonly Service[]): string {
  const name = key.slice(key.indexOf('/') + 1);
  const namesakes = services.filter((service) => service.name === name).map((service) => service.key);
  const names = services.map((service) => service.name);
  const meant = namesakes.length > 0 ? `, but there is ${nameSome(namesakes)}` : suggestion(name, names);
  return `Cannot explain Service "${key}": there is none of this name${meant}`;
}

/** Not ours: nothing else that could be said would be about it. */
function strangerFindings({ settings, unread }: Snapshot, { type, loadBalancerClass }: Service): Finding[] {
  const error = (reason: string, message: string): Finding[] => [{ level: 'error', reason, message }];
  if (type !== 'LoadBalancer') return error('NotLoadBalancer', `spec.type is "${type}", wanted "LoadBalancer"`);
  const ours = settings.loadBalancerClass;
  if (loadBalancerClass === ours || unread.has('pods')) return [];
  const present = loadBalancerClass === undefined ? 'is not set' : `is "${loadBalancerClass}"`;
  const wanted =
    ours === undefined
      ? 'none, because LB_CLASS of the controller is not set'
      : `"${ours}" (LB_CLASS of the controller)`;
  return error('ClassMismatch', `spec.loadBalancerClass ${present}, wanted ${wanted}`);
}
