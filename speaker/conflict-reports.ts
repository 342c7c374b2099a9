// Tells the controller of strangers: one AddressConflict object for each address and node, renewed while they are heard.
import type { AddressConflictObject } from '#core/conflict.ts';
import { type Cluster, patchObject } from '#platform/cluster.ts';
import type { Log } from '#platform/log.ts';

export type ReportedConflict = {
  readonly ip: string;
  /** The stranger's. */
  readonly mac: string;
  readonly iface: string;
  /** The cluster had announced the address before. */
  readonly announced: boolean;
};

export type ConflictReporter = (conflict: ReportedConflict) => void;

export type ReporterOptions = {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly node: string;
  readonly log: Log;
};

/** So long the address is put aside after it was last heard of. */
const LIFE_MS = 10 * 60_000;

/** Fire and forget: a report that cannot be written is logged, and never in the way of the wire. */
export function openConflictReporter({ cluster, namespace, node, log }: ReporterOptions): ConflictReporter {
  return (conflict) => {
    const body = conflictObject(conflict, node, new Date(Date.now() + LIFE_MS));
    const path = `/apis/arpeggio.dev/v1alpha1/namespaces/${namespace}/addressconflicts/${body.metadata.name}`;
    patchObject(cluster, path, { type: 'apply', body, fieldManager: `arpeggio-speaker-${node}`, force: true }).catch(
      (error: unknown) => log.warn({ error, ip: conflict.ip }, 'address conflict not reported'),
    );
  };
}

export function conflictObject({ ip, mac, iface, announced }: ReportedConflict, node: string, expires: Date) {
  return {
    apiVersion: 'arpeggio.dev/v1alpha1',
    kind: 'AddressConflict',
    // An IPv6 address may end in a colon, but no part of a name in a dash.
    metadata: { name: `ip-${ip.replaceAll(/[.:]/g, '-')}-on-${node}` },
    spec: { ip, mac, node, interface: iface, announced, expires: expires.toISOString() },
  } satisfies AddressConflictObject & { apiVersion: string; kind: string };
}
