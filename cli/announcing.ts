// Who should announce an address by the speakers' own plan, and who says that it does. Pure.
import { formatIp, type Ip, isSameIp } from '#core/ip.ts';
import { isOurs, type Service } from '#core/service.ts';
import { type AddressPlan, planAddresses } from '#speaker/plan.ts';
import { mergeStandings } from '#speaker/world.ts';
import { podsOf } from './programs.ts';
import type { Announcement, Snapshot } from './snapshot.ts';

/** Nodes with a ready speaker; all nodes where nobody may look. */
export function speakersOf({ pods, nodes, unread }: Snapshot): Set<string> {
  if (unread.has('pods')) return new Set(nodes.keys());
  return new Set(podsOf(pods, 'speaker').flatMap(({ node, isReady }) => (isReady ? [node] : [])));
}

export type Question = {
  readonly ip: Ip;
  /** The Services that hold it and count. */
  readonly services: readonly Service[];
  /** Nodes whose speakers live. */
  readonly speakers: ReadonlySet<string>;
};

/**
 * As every speaker plans it, but for what only speakers know: links, uplinks, and who held it before. Undefined while the
 * configuration is invalid: which one was the last good one only the programs know.
 */
export function planOf(snapshot: Snapshot, { ip, services, speakers }: Question): AddressPlan | undefined {
  const { nodes, servingNodes, settings, configuration } = snapshot;
  if (configuration.problems.length > 0) return undefined;
  const told = new Map(Array.from(speakers, (node) => [node, undefined]));
  const standings = mergeStandings(told, nodes, settings);
  const world = { self: '', config: configuration.config, services, nodes, speakers, servingNodes, standings };
  return planAddresses(world).find((plan) => isSameIp(plan.ip, ip));
}

/** Our Services on the address. */
export function holdersOf({ services, settings }: Snapshot, ip: Ip): Service[] {
  const { loadBalancerClass } = settings;
  return services.filter(
    (service) => isOurs(service, loadBalancerClass) && service.held.some((held) => isSameIp(held, ip)),
  );
}

/** Those of nodes with a ready speaker: what a node wrote stays after its death until another node takes over. */
export function believedAnnouncements(snapshot: Snapshot): Snapshot['announcements'] {
  const speakers = speakersOf(snapshot);
  const believed = (of: readonly Announcement[]) => of.filter(({ node }) => speakers.has(node));
  return new Map(Array.from(snapshot.announcements, ([service, of]) => [service, believed(of)]));
}

/** By what speakers wrote: some seconds old. */
export function announcersOf(
  { announcements }: Pick<Snapshot, 'announcements'>,
  service: Service,
  ip: Ip,
): Announcement[] {
  const ours = announcements.get(service.key) ?? [];
  return ours.filter(({ addresses }) => addresses === undefined || addresses.includes(formatIp(ip)));
}
