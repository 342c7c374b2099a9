// What the speaker decides from, reduced to the fields that matter, and how they are read from wire objects.
import type { Labels } from '#core/labels.ts';
import { EXCLUDE_NODE_LABEL } from '#core/names.ts';
import type { Node } from '#core/node.ts';
import type { PeerAddress } from './heartbeat/protocol.ts';
import type { Standing } from './heartbeat/standing.ts';

/** The nodes with an endpoint that can serve (ready, or serving while it terminates), per slice. */
export type ServingNodes = {
  /** `namespace/name`. */
  readonly service: string;
  readonly nodes: readonly string[];
  readonly hasServing: boolean;
};

export type EndpointSliceObject = {
  readonly metadata?: {
    readonly name?: string;
    readonly namespace?: string;
    readonly resourceVersion?: string;
    readonly labels?: Labels;
  };
  /** The API server writes null for a Service without Pods. */
  readonly endpoints?:
    | readonly {
        readonly nodeName?: string;
        readonly conditions?: { readonly ready?: boolean; readonly serving?: boolean };
      }[]
    | null;
};

export type PodObject = {
  readonly metadata?: { readonly name?: string; readonly namespace?: string; readonly resourceVersion?: string };
  readonly spec?: { readonly nodeName?: string };
  readonly status?: { readonly hostIP?: string; readonly phase?: string };
};

export type SecretObject = {
  readonly metadata?: { readonly name?: string; readonly namespace?: string; readonly resourceVersion?: string };
  readonly data?: { readonly [key: string]: string };
};

/** Neither labelled out nor without a network. */
export function isFit({ labels, networkUnavailable }: Node): boolean {
  return !networkUnavailable && labels[EXCLUDE_NODE_LABEL] === undefined;
}

export type DrainRule = { readonly drainOnCordon: boolean };

export function isDraining(node: Node | undefined, { drainOnCordon }: DrainRule): boolean {
  return node !== undefined && (node.draining || (drainOnCordon && node.cordoned));
}

/**
 * What speaks against the nodes of live speakers. A drain counts from when the first of both, the node itself and the API
 * server, says so until the last does: an address never leaves a node before the others know.
 */
export function mergeStandings(
  told: ReadonlyMap<string, Standing | undefined>,
  nodes: ReadonlyMap<string, Node>,
  rule: DrainRule,
): Map<string, Standing> {
  const standings = Array.from(told, ([name, said]): [string, Standing] => {
    const isDrained = isDraining(nodes.get(name), rule) || said?.draining === true;
    return [name, { uplink: 'unknown', ...said, draining: isDrained }];
  });
  return new Map(standings);
}

export function parseEndpointSlice({ metadata = {}, endpoints }: EndpointSliceObject): ServingNodes {
  const service = metadata.labels?.['kubernetes.io/service-name'] ?? '';
  // `ready` that is absent counts as true (discovery.k8s.io/v1).
  const serving = (endpoints ?? []).filter(
    ({ conditions = {} }) => conditions.ready !== false || conditions.serving === true,
  );
  const nodes = serving.map((endpoint) => endpoint.nodeName).filter((node) => node !== undefined);
  return { service: `${metadata.namespace}/${service}`, nodes: [...new Set(nodes)], hasServing: serving.length > 0 };
}

/** A Service has many slices; one with no endpoint that can serve has no entry. */
export function mergeSlices(slices: readonly ServingNodes[]): Map<string, Set<string>> {
  const merged = new Map<string, Set<string>>();
  for (const { service, nodes, hasServing } of slices) {
    if (!hasServing) continue;
    const known = merged.get(service) ?? new Set();
    for (const node of nodes) known.add(node);
    merged.set(service, known);
  }
  return merged;
}

/** Undefined while the Pod has no address, and once it is over. */
export function parsePeer({ spec = {}, status = {} }: PodObject): PeerAddress | undefined {
  const isOver = status.phase === 'Succeeded' || status.phase === 'Failed';
  if (isOver || !spec.nodeName || !status.hostIP) return undefined;
  return { node: spec.nodeName, address: status.hostIP };
}

const KEY_LENGTH_LEAST = 16;

/** The heartbeat key; undefined where it is missing or too short to be one. */
export function parseHeartbeatKey({ data = {} }: SecretObject): Uint8Array | undefined {
  const key = Buffer.from(data['key'] ?? '', 'base64');
  return key.length >= KEY_LENGTH_LEAST ? key : undefined;
}
