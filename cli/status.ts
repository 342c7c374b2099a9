// `status`: the programs, pools, nodes and addresses of a cluster on one page, and what is wrong with them. Pure.
import { isAdvertised } from '#core/advertisement.ts';
import { formatIp, type Ip, keyOfIp } from '#core/ip.ts';
import { CONDITION_ALLOCATED, EXCLUDE_NODE_LABEL } from '#core/names.ts';
import type { Node } from '#core/node.ts';
import { type AddressPool, capacityOf, poolOf } from '#core/pool.ts';
import { formatRange } from '#core/range.ts';
import { isOurs, type Service } from '#core/service.ts';
import { isDraining } from '#speaker/world.ts';
import { announcersOf, believedAnnouncements } from './announcing.ts';
import type { Finding } from './finding.ts';
import { metalLbFindings } from './metallb-findings.ts';
import { programFindings } from './program-findings.ts';
import { PROGRAMS, type Program, podsOf } from './programs.ts';
import { serviceFindings } from './service-findings.ts';
import type { Announcement, Snapshot } from './snapshot.ts';

export type ProgramRow = {
  readonly program: Program;
  readonly ready: number;
  readonly pods: number;
  readonly restarts: number;
};

/** Numbers of addresses as text: an IPv6 pool may have more than a JSON number holds. */
export type PoolRow = {
  readonly pool: string;
  readonly from: AddressPool['source'];
  readonly ranges: readonly string[];
  readonly used: string;
  readonly free: string;
  readonly advertisements: readonly string[];
};

export type NodeRow = {
  readonly node: string;
  readonly speaker: 'ready' | 'not ready' | 'missing' | 'unknown';
  /** Why other nodes go before it. */
  readonly state: readonly string[];
  /** How many it announces. */
  readonly addresses: number;
};

export type ServiceRow = {
  readonly service: string;
  readonly address: string;
  readonly pool: string;
  readonly owners: readonly string[];
  /** The reason of its condition. */
  readonly reason: string;
};

export type Status = {
  readonly programs: readonly ProgramRow[];
  readonly pools: readonly PoolRow[];
  readonly nodes: readonly NodeRow[];
  readonly services: readonly ServiceRow[];
  readonly findings: readonly Finding[];
};

export function statusOf(snapshot: Snapshot): Status {
  const { settings, configuration, nodes } = snapshot;
  const { pools } = configuration.config;
  const services = snapshot.services.filter((service) => isOurs(service, settings.loadBalancerClass));
  // Every Service that shows an address takes it, also one of another class.
  const held = Map.groupBy(uniqueIps(snapshot.services), (ip) => poolOf(pools, ip));
  const announcements = believedAnnouncements(snapshot);
  const rows = services.flatMap((service) => serviceRows({ ...snapshot, announcements }, service));
  const announced = Map.groupBy(Array.from(announcements.values()).flat(), ({ node }) => node);
  return {
    programs: snapshot.unread.has('pods') ? [] : PROGRAMS.map((program) => programRow(snapshot, program)),
    pools: pools.map((pool) => poolRow(snapshot, pool, held.get(pool)?.length ?? 0)),
    nodes: Array.from(nodes.values(), (node) => nodeRow(snapshot, node, announced.get(node.name) ?? [])),
    services: rows,
    findings: [...metalLbFindings(snapshot), ...programFindings(snapshot), ...serviceFindings(rows, snapshot)],
  };
}

function programRow(snapshot: Snapshot, program: Program): ProgramRow {
  const pods = podsOf(snapshot.pods, program);
  const ready = pods.filter(({ isReady }) => isReady).length;
  return { program, ready, pods: pods.length, restarts: pods.reduce((sum, { restarts }) => sum + restarts, 0) };
}

function uniqueIps(services: readonly Service[]): Ip[] {
  const ips = services.flatMap((service) => service.held);
  return [...new Map(ips.map((ip) => [keyOfIp(ip), ip])).values()];
}

function poolRow({ configuration }: Snapshot, pool: AddressPool, used: number): PoolRow {
  const { advertisements } = configuration.config;
  return {
    pool: pool.name,
    from: pool.source,
    ranges: pool.ranges.map(({ range }) => formatRange(range)),
    used: String(used),
    free: String(capacityOf(pool, 4) + capacityOf(pool, 6) - BigInt(used)),
    advertisements: advertisements.filter((one) => isAdvertised(one, pool)).map(({ name }) => name),
  };
}

function nodeRow(snapshot: Snapshot, node: Node, announced: readonly Announcement[]): NodeRow {
  return {
    node: node.name,
    speaker: speakerOn(snapshot, node.name),
    state: stateOf(snapshot, node),
    addresses: new Set(announced.flatMap(({ addresses = [] }) => addresses)).size,
  };
}

function speakerOn({ pods, unread }: Snapshot, node: string): NodeRow['speaker'] {
  if (unread.has('pods')) return 'unknown';
  const here = podsOf(pods, 'speaker').filter((pod) => pod.node === node);
  if (here.length === 0) return 'missing';
  return here.some(({ isReady }) => isReady) ? 'ready' : 'not ready';
}

function stateOf({ settings }: Snapshot, node: Node): string[] {
  const states: [string, boolean][] = [
    ['draining', isDraining(node, settings)],
    ['excluded', node.labels[EXCLUDE_NODE_LABEL] !== undefined],
    ['no network', node.networkUnavailable],
  ];
  return states.filter(([, holds]) => holds).map(([state]) => state);
}

/** One for each address; one without for a Service that waits. */
function serviceRows(snapshot: Snapshot, service: Service): ServiceRow[] {
  const { pools } = snapshot.configuration.config;
  const known = {
    service: service.key,
    reason: service.conditions.find(({ type }) => type === CONDITION_ALLOCATED)?.reason ?? '',
  };
  if (service.held.length === 0) return [{ ...known, address: '', pool: '', owners: [] }];
  return service.held.map((ip) => ({
    ...known,
    address: formatIp(ip),
    pool: poolOf(pools, ip)?.name ?? '',
    owners: announcersOf(snapshot, service, ip).map(({ node }) => node),
  }));
}
