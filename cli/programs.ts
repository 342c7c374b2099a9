// The Pods of webhook, controller and speaker, and the settings in their environment that decide what is ours and who owns it. Pure.

import type { MetalLbPodObject } from '#core/metallb.ts';

export const COMPONENT_LABEL = 'app.kubernetes.io/component';
/** MetalLB's Helm chart gives its Pods the same components. */
export const OUR_LABEL = { key: 'app.kubernetes.io/name', value: 'arpeggio' };
export const PROGRAMS = ['webhook', 'controller', 'speaker'] as const;
export type Program = (typeof PROGRAMS)[number];

export type PodObject = MetalLbPodObject & {
  readonly spec?: {
    readonly nodeName?: string;
    readonly containers?: readonly {
      readonly image?: string;
      readonly env?: readonly { readonly name?: string; readonly value?: string }[];
    }[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly { readonly type?: string; readonly status?: string }[];
    readonly containerStatuses?: readonly { readonly restartCount?: number }[];
  };
};

export type Pod = {
  readonly program: Program;
  readonly name: string;
  readonly node: string;
  readonly isReady: boolean;
  readonly restarts: number;
  readonly image: string;
  readonly env: ReadonlyMap<string, string>;
};

/** As the programs read them; where no Pod is, as they are by default. */
export type Settings = {
  readonly loadBalancerClass: string | undefined;
  readonly drainOnCordon: boolean;
  readonly isSticky: boolean;
};

/** Undefined for Pods of others, and for those that are over. */
export function parsePod({ metadata = {}, spec = {}, status = {} }: PodObject): Pod | undefined {
  const { labels = {} } = metadata;
  const program = PROGRAMS.find(
    (name) => labels[OUR_LABEL.key] === OUR_LABEL.value && labels[COMPONENT_LABEL] === name,
  );
  if (program === undefined || status.phase === 'Succeeded' || status.phase === 'Failed') return undefined;
  const [container = {}] = spec.containers ?? [];
  const { conditions = [], containerStatuses = [] } = status;
  return {
    program,
    name: metadata.name ?? '',
    node: spec.nodeName ?? '',
    isReady: conditions.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
    restarts: containerStatuses.reduce((sum, { restartCount = 0 }) => sum + restartCount, 0),
    image: container.image ?? '',
    env: new Map((container.env ?? []).map(({ name = '', value = '' }) => [name, value])),
  };
}

export function podsOf(pods: readonly Pod[], program: Program): Pod[] {
  return pods.filter((pod) => pod.program === program);
}

/** The class as the controller has it, the rest as a speaker has. */
export function settingsOf(pods: readonly Pod[]): Settings {
  const read = (program: Program, name: string) => podsOf(pods, program)[0]?.env.get(name) || undefined;
  return {
    loadBalancerClass: read('controller', 'LB_CLASS'),
    drainOnCordon: read('speaker', 'DRAIN_ON_CORDON') === 'true',
    isSticky: read('speaker', 'STICKY_OWNER') === 'true',
  };
}
