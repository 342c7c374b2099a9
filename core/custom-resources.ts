// The CRD form: IPAddressPool and L2Advertisement of metallb.io/v1beta1 to core types (reference 2.1, 2.2, 2.4).
import type { Advertisement, NodePreference } from '#core/advertisement.ts';
import { type LabelSelectorObject, type Labels, parseSelector, type Selector } from '#core/labels.ts';
import type { Annotations } from '#core/names.ts';
import type { Pinning } from '#core/pool.ts';
import { type PoolDraft, readRanges } from '#core/pool-draft.ts';
import type { Problem } from '#core/problem.ts';

type Metadata = {
  readonly name?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly labels?: Labels;
  readonly annotations?: Annotations;
  readonly resourceVersion?: string;
};

export type IPAddressPoolObject = {
  readonly metadata?: Metadata;
  readonly spec?: {
    readonly addresses?: readonly string[];
    readonly autoAssign?: boolean;
    readonly avoidBuggyIPs?: boolean;
    readonly serviceAllocation?: {
      readonly priority?: number;
      readonly namespaces?: readonly string[];
      readonly namespaceSelectors?: readonly LabelSelectorObject[];
      readonly serviceSelectors?: readonly LabelSelectorObject[];
    };
  };
  readonly status?: PoolCounters;
};

/** Addresses in use and free, by family. */
export type PoolCounters = {
  readonly assignedIPv4?: number;
  readonly assignedIPv6?: number;
  readonly availableIPv4?: number;
  readonly availableIPv6?: number;
};

export type L2AdvertisementObject = {
  readonly metadata?: Metadata;
  readonly spec?: {
    readonly ipAddressPools?: readonly string[];
    readonly ipAddressPoolSelectors?: readonly LabelSelectorObject[];
    readonly nodeSelectors?: readonly LabelSelectorObject[];
    readonly interfaces?: readonly string[];
    readonly serviceSelectors?: readonly LabelSelectorObject[];
    readonly preferredNodeSelectors?: readonly {
      readonly weight?: number;
      readonly preference?: LabelSelectorObject;
    }[];
  };
};

export type PoolRead = { draft: PoolDraft; problems: Problem[]; warnings: Problem[] };
export type AdvertisementRead = { advertisement: Advertisement; problems: Problem[]; warnings: Problem[] };

export function parsePool({ metadata = {}, spec = {} }: IPAddressPoolObject): PoolRead {
  const { ranges, problems, warnings } = readRanges(spec.addresses ?? [], 'spec.addresses');
  const pinning = readPinning(spec.serviceAllocation, problems);
  const pool = {
    name: metadata.name ?? '',
    source: 'IPAddressPool' as const,
    labels: metadata.labels ?? {},
    ranges,
    autoAssign: spec.autoAssign ?? true,
    avoidBuggyIps: spec.avoidBuggyIPs ?? false,
    ...(pinning ? { pinning } : {}),
  };
  return { draft: { pool, path: 'metadata.name' }, problems, warnings };
}

export function parseAdvertisement({ metadata = {}, spec = {} }: L2AdvertisementObject): AdvertisementRead {
  const problems: Problem[] = [];
  const selectors = (list: readonly LabelSelectorObject[] | undefined, path: string) =>
    readSelectors(list ?? [], path, problems);
  const advertisement = {
    name: metadata.name ?? '',
    pools: readNames(spec.ipAddressPools ?? [], 'spec.ipAddressPools', problems),
    poolSelectors: selectors(spec.ipAddressPoolSelectors, 'spec.ipAddressPoolSelectors'),
    nodeSelectors: selectors(spec.nodeSelectors, 'spec.nodeSelectors'),
    interfaces: readNames(spec.interfaces ?? [], 'spec.interfaces', problems),
    serviceSelectors: selectors(spec.serviceSelectors, 'spec.serviceSelectors'),
    preferences: readPreferences(spec.preferredNodeSelectors ?? [], problems),
  };
  return { advertisement, problems, warnings: repeatedPreferences(advertisement.preferences) };
}

type PreferenceObject = { readonly weight?: number; readonly preference?: LabelSelectorObject };

function readPreferences(objects: readonly PreferenceObject[], problems: Problem[]): NodePreference[] {
  return objects.map(({ weight = 0, preference = {} }, i) => {
    const path = `spec.preferredNodeSelectors[${i}]`;
    const { selector, problems: found } = parseSelector(preference, `${path}.preference`);
    problems.push(...found);
    if (weight < 1 || weight > 100) problems.push({ path: `${path}.weight`, message: `is ${weight}, wanted 1 to 100` });
    return { weight, selector };
  });
}

function repeatedPreferences(preferences: readonly NodePreference[]): Problem[] {
  const texts = preferences.map(({ selector }) => JSON.stringify(selector));
  return texts.flatMap((text, i) => {
    const first = texts.indexOf(text);
    if (first === i) return [];
    const path = 'spec.preferredNodeSelectors';
    return [{ path: `${path}[${i}]`, message: `repeats ${path}[${first}]: their weights add up` }];
  });
}

type Allocation = NonNullable<NonNullable<IPAddressPoolObject['spec']>['serviceAllocation']>;

function readPinning(allocation: Allocation | undefined, problems: Problem[]): Pinning | undefined {
  if (!allocation) return undefined;
  const path = 'spec.serviceAllocation';
  return {
    priority: allocation.priority ?? 0,
    namespaces: readNames(allocation.namespaces ?? [], `${path}.namespaces`, problems),
    namespaceSelectors: readSelectors(allocation.namespaceSelectors ?? [], `${path}.namespaceSelectors`, problems),
    serviceSelectors: readSelectors(allocation.serviceSelectors ?? [], `${path}.serviceSelectors`, problems),
  };
}

function readNames(names: readonly string[], path: string, problems: Problem[]): readonly string[] {
  for (const [i, name] of names.entries()) {
    if (names.indexOf(name) < i) problems.push({ path: `${path}[${i}]`, message: `"${name}" stands twice` });
  }
  return names;
}

function readSelectors(list: readonly LabelSelectorObject[], path: string, problems: Problem[]): Selector[] {
  const seen = new Map<string, number>();
  return list.map((object, i) => {
    const { selector, problems: found } = parseSelector(object, `${path}[${i}]`);
    problems.push(...found);
    const text = JSON.stringify(selector);
    const first = seen.get(text);
    if (first !== undefined) problems.push({ path: `${path}[${i}]`, message: `repeats ${path}[${first}]` });
    else seen.set(text, i);
    return selector;
  });
}
