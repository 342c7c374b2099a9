// A MetalLB in the cluster, alive or half removed: what of it is in our way, and the commands that remove it. Pure.
import type { Labels } from '#core/labels.ts';
import { nameSome } from '#core/rules/pool-rules.ts';

/** The code in logs, Events and findings. */
export const BESIDE_METALLB = 'BesideMetalLB';
export const METALLB_REGISTRATION = 'metallb-webhook-configuration';

/** On its Pods: of its plain manifests (all versions), and of its Helm chart. */
const POD_LABELS = [
  ['app', 'metallb'],
  ['app.kubernetes.io/name', 'metallb'],
] as const;

/** One for each way that its Pods are labelled. */
export const METALLB_SELECTORS = POD_LABELS.map((pair) => pair.join('='));

export type MetalLbPodObject = {
  readonly metadata?: {
    readonly name?: string;
    readonly namespace?: string;
    readonly resourceVersion?: string;
    readonly labels?: Labels;
    readonly deletionTimestamp?: string;
    readonly ownerReferences?: readonly { readonly kind?: string; readonly name?: string }[];
  };
  readonly status?: { readonly phase?: string };
};

export type RegistrationObject = {
  readonly metadata?: { readonly name?: string; readonly resourceVersion?: string };
  readonly webhooks?: readonly {
    readonly clientConfig?: { readonly service?: { readonly namespace?: string; readonly name?: string } };
  }[];
};

export type Sight = {
  readonly pods: readonly MetalLbPodObject[];
  readonly registration?: RegistrationObject | undefined;
  /** Our own. */
  readonly namespace: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
};

/** What has to go. */
export type Obstacle = {
  /** As kubectl takes it: `daemonset/speaker`. */
  readonly object: string;
  readonly namespace?: string;
  /** A Pod that is being deleted is waited for; one whose node does not end it has to be forced. */
  readonly state: 'present' | 'leaving' | 'stuck';
  readonly note?: string;
};

/** A Pod that should have ended so long ago is on a node that no longer does what it is told. */
const STUCK_MS = 30_000;

export function isMetalLb(labels: Labels = {}): boolean {
  return POD_LABELS.some(([key, value]) => labels[key] === value);
}

/** Its Pods that are not over, by what made them. */
export function livePods({ pods, now }: Sight): Obstacle[] {
  const live = pods.filter(
    ({ metadata, status }) =>
      isMetalLb(metadata?.labels) && status?.phase !== 'Succeeded' && status?.phase !== 'Failed',
  );
  const found = live.map(
    (pod): Obstacle => ({
      ...{ object: objectOf(pod), state: stateOf(pod, now) },
      ...(pod.metadata?.namespace === undefined ? {} : { namespace: pod.metadata.namespace }),
    }),
  );
  const sorted = found.sort((a, b) => Number(a.object > b.object) - Number(a.object < b.object));
  return [...new Map(sorted.map((one) => [one.object, one])).values()];
}

/** It refuses every change of pools, ours included, once nobody serves it. */
export function leftRegistration({ registration, namespace }: Sight): Obstacle[] {
  if (registration === undefined) return [];
  const served = (registration.webhooks ?? []).map(({ clientConfig }) => clientConfig?.service?.namespace);
  const elsewhere = served.find((name) => name !== undefined && name !== namespace);
  const note = { note: `served from namespace "${elsewhere}", where a MetalLB may live` };
  const object = `validatingwebhookconfiguration/${METALLB_REGISTRATION}`;
  return [{ object, state: 'present', ...(elsewhere === undefined ? {} : note) }];
}

/** All of what is there by one command for each namespace; what is leaving needs none. */
export function removalOf(obstacles: readonly Obstacle[]): string[] {
  const removable = obstacles.filter(({ state }) => state !== 'leaving');
  const groups = Map.groupBy(removable, ({ namespace, state }) => {
    const from = namespace === undefined ? '' : ` -n ${namespace}`;
    return [from, state === 'stuck' ? ' --force' : ''].join('|');
  });
  return Array.from(groups, ([key, of]) => {
    const [from = '', force = ''] = key.split('|');
    return `kubectl delete${from} ${of.map(({ object }) => object).join(' ')}${force}`;
  });
}

/** `daemonset/speaker in namespace "a" (being deleted); to remove: kubectl delete …`. An Event has little room: not all names. */
export function describeObstacles(obstacles: readonly Obstacle[]): string {
  const alike = Map.groupBy(obstacles, circumstanceOf);
  const names = Array.from(alike, ([circumstance, of]) => nameSome(of.map(({ object }) => object)) + circumstance);
  const what = names.join(', ');
  const commands = removalOf(obstacles);
  return commands.length === 0 ? what : `${what}; to remove: ${commands.join('; ')}`;
}

/** ` in namespace "a" (being deleted)`. */
function circumstanceOf({ namespace, state, note }: Obstacle): string {
  const said = {
    present: note,
    leaving: 'being deleted',
    stuck: 'its node does not end it: force it only when that node is off',
  };
  const place = namespace === undefined ? '' : ` in namespace "${namespace}"`;
  return `${place}${said[state] === undefined ? '' : ` (${said[state]})`}`;
}

function stateOf({ metadata }: MetalLbPodObject, now: number): Obstacle['state'] {
  if (metadata?.deletionTimestamp === undefined) return 'present';
  return now - Date.parse(metadata.deletionTimestamp) > STUCK_MS ? 'stuck' : 'leaving';
}

/** What would make the Pod anew if only the Pod were deleted; the Pod itself when nothing would. */
function objectOf({ metadata = {} }: MetalLbPodObject): string {
  const [owner] = metadata.ownerReferences ?? [];
  const { kind = '', name = '' } = owner ?? {};
  const isOnItsWay = metadata.deletionTimestamp !== undefined;
  if (isOnItsWay || !['DaemonSet', 'ReplicaSet', 'StatefulSet'].includes(kind)) return `pod/${metadata.name}`;
  // A Deployment names its ReplicaSets after itself and the hash of the template.
  const suffix = `-${metadata.labels?.['pod-template-hash']}`;
  if (kind === 'ReplicaSet' && name.endsWith(suffix)) return `deployment/${name.slice(0, -suffix.length)}`;
  return `${kind.toLowerCase()}/${name}`;
}
