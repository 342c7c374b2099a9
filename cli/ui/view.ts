// What the page shows, in parts that are sent alone when only they changed. Pure.
import { formatIp, type Ip } from '#core/ip.ts';
import { CONDITION_ALLOCATED } from '#core/names.ts';
import { believedAnnouncements } from '../announcing.ts';
import type { Finding } from '../finding.ts';
import type { Snapshot } from '../snapshot.ts';
import { type NodeRow, type PoolRow, type ProgramRow, type ServiceRow, statusOf } from '../status.ts';
import type { Entry } from './timeline.ts';

/** `percent` of its addresses are used; a pool in use is never at 0. */
export type PoolView = PoolRow & { readonly percent: number };
export type NodeView = NodeRow & { readonly announces: readonly Announced[] };
export type Announced = { readonly address: string; readonly services: readonly string[] };
/** `message` is the sentence of its condition. */
export type ServiceView = ServiceRow & { readonly message: string };

export type View = {
  /** The context of the kubeconfig. */
  readonly context: string;
  readonly programs: readonly ProgramRow[];
  readonly pools: readonly PoolView[];
  readonly nodes: readonly NodeView[];
  readonly services: readonly ServiceView[];
  readonly findings: readonly Finding[];
  /** Newest first. */
  readonly timeline: readonly Entry[];
};

/** JSON by name of the part. */
export type Parts = ReadonlyMap<string, string>;

export function viewOf(snapshot: Snapshot): Omit<View, 'context' | 'timeline'> {
  const { programs, pools, nodes, services, findings } = statusOf(snapshot);
  const messages = new Map(snapshot.services.map((service) => [service.key, messageOf(service.conditions)]));
  const announced = announcedBy(snapshot);
  return {
    programs,
    pools: pools.map((pool) => ({ ...pool, percent: percentOf(BigInt(pool.used), BigInt(pool.free)) })),
    nodes: nodes.map((node) => ({ ...node, announces: announced.get(node.node) ?? [] })),
    services: services.map((row) => ({ ...row, message: messages.get(row.service) ?? '' })),
    findings,
  };
}

export function partsOf(view: View): Parts {
  return new Map(Object.entries(view).map(([name, part]) => [name, JSON.stringify(part)]));
}

export function changedParts(before: Parts, after: Parts): Parts {
  return new Map(Array.from(after).filter(([name, text]) => before.get(name) !== text));
}

/** One JSON object of all parts. */
export function formatParts(parts: Parts): string {
  return `{${Array.from(parts, ([name, text]) => `${JSON.stringify(name)}:${text}`).join()}}`;
}

function messageOf(conditions: Snapshot['services'][number]['conditions']): string {
  return conditions.find(({ type }) => type === CONDITION_ALLOCATED)?.message ?? '';
}

function percentOf(used: bigint, free: bigint): number {
  const total = used + free;
  if (used <= 0n || total <= 0n) return 0;
  return Math.min(100, Math.max(1, Number((used * 100n) / total)));
}

/** By node; where another program wrote the objects, all addresses of the Service. */
function announcedBy(snapshot: Snapshot): Map<string, Announced[]> {
  const held = new Map<string, readonly Ip[]>(snapshot.services.map((service) => [service.key, service.held]));
  const facts = Array.from(believedAnnouncements(snapshot).values())
    .flat()
    .flatMap(({ node, service, addresses = (held.get(service) ?? []).map(formatIp) }) =>
      addresses.map((address) => ({ node, service, address })),
    );
  const byNode = Array.from(Map.groupBy(facts, ({ node }) => node));
  return new Map(
    byNode.map(([node, ofNode]) => [
      node,
      Array.from(
        Map.groupBy(ofNode, ({ address }) => address),
        ([address, of]) => ({
          address,
          services: of.map(({ service }) => service),
        }),
      ),
    ]),
  );
}
