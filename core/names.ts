// Names that other programs and people rely on: annotations, labels, conditions, objects.

export const NAMESPACE_DEFAULT = 'metallb-system';
export const CONFIG_MAP_NAME = 'config';
export const CONFIG_MAP_KEY = 'config';
export const WEBHOOK_CONFIGURATION_NAME = 'arpeggio';
export const HEARTBEAT_SECRET_NAME = 'arpeggio-heartbeat';
export const CONTROLLER_LEASE_NAME = 'arpeggio-controller';
/** Who the writes of the command line come from, as `managedFields` tell. */
export const FIELD_MANAGER = 'kubectl-arpeggio';
export const WEBHOOK_SECRET_NAME = 'arpeggio-webhook-certs';
export const CONDITION_ALLOCATED = 'arpeggio.dev/Allocated';
export const ALLOCATED_FROM_POOL = 'metallb.io/ip-allocated-from-pool';
export const SHARE_WITH_NAMESPACES = 'arpeggio.dev/share-with-namespaces';
/** On a ServiceL2Status: the addresses its node announces, by comma. */
export const STATUS_ADDRESSES = 'arpeggio.dev/addresses';
/** On a pool or the ConfigMap: yes, take the addresses away from the Services that hold them. */
export const ALLOW_RELEASE = 'arpeggio.dev/allow-release';
/** On a Node: its addresses go elsewhere; any value but "false" and empty. */
export const DRAIN_NODE = 'arpeggio.dev/drain';
export const EXCLUDE_NODE_LABEL = 'node.kubernetes.io/exclude-from-external-load-balancers';

/** Annotations users may write under either prefix; the first wins when both stand. */
export const ANNOTATION_PREFIXES = ['metallb.io/', 'metallb.universe.tf/'] as const;

export type Annotations = { readonly [key: string]: string };

/** The annotation `name` under the newest prefix that carries it, with the key it was found under. */
export function readAnnotation(annotations: Annotations, name: string): { key: string; value: string } | undefined {
  for (const prefix of ANNOTATION_PREFIXES) {
    const value = annotations[prefix + name];
    if (value !== undefined) return { key: prefix + name, value };
  }
  return undefined;
}
