// Both forms of configuration, merged into one typed Config by one function that all three programs use,
// so that admission and run time cannot disagree (design section 1).
import type { Advertisement } from '#core/advertisement.ts';
import { parseConfigText } from '#core/config-map.ts';
import {
  type IPAddressPoolObject,
  type L2AdvertisementObject,
  parseAdvertisement,
  parsePool,
} from '#core/custom-resources.ts';
import { type Annotations, CONFIG_MAP_KEY, CONFIG_MAP_NAME } from '#core/names.ts';
import { overlapProblems } from '#core/overlap.ts';
import { type AddressPool, comparePools } from '#core/pool.ts';
import type { SourcedPool } from '#core/pool-draft.ts';
import { isSameObject, type ObjectId, type Problem, type SourcedProblem } from '#core/problem.ts';

export type Config = { readonly pools: readonly AddressPool[]; readonly advertisements: readonly Advertisement[] };

export type ConfigMapObject = {
  readonly metadata?: {
    readonly name?: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly annotations?: Annotations;
  };
  readonly data?: { readonly [key: string]: string };
};

/** The wire objects as they are. */
export type ConfigSources = {
  readonly configMap?: ConfigMapObject;
  readonly pools: readonly IPAddressPoolObject[];
  readonly advertisements: readonly L2AdvertisementObject[];
};

export type ParsedConfig = {
  readonly config: Config;
  readonly problems: readonly SourcedProblem[];
  readonly warnings: readonly SourcedProblem[];
};

const CONFIG_MAP: ObjectId = { kind: 'ConfigMap', name: CONFIG_MAP_NAME };

/**
 * Reads everything at once. A conflict between two objects is laid to `reviewed` when it is one of them,
 * else to the one that is read later (the ConfigMap first, then IPAddressPools by name).
 */
export function parseConfig(sources: ConfigSources, reviewed?: ObjectId): ParsedConfig {
  const problems: SourcedProblem[] = [];
  const warnings: SourcedProblem[] = [];
  const drafts: SourcedPool[] = [];

  const text = parseConfigText(sources.configMap?.data?.[CONFIG_MAP_KEY] ?? '');
  problems.push(...sourced(CONFIG_MAP, [...keyProblems(sources.configMap), ...text.problems]));
  warnings.push(...sourced(CONFIG_MAP, text.warnings));
  drafts.push(...text.pools.map((draft) => ({ ...draft, object: CONFIG_MAP })));

  for (const source of byName(sources.pools)) {
    const object: ObjectId = { kind: 'IPAddressPool', name: source.metadata?.name ?? '' };
    const read = parsePool(source);
    problems.push(...sourced(object, read.problems));
    warnings.push(...sourced(object, read.warnings));
    drafts.push({ ...read.draft, object });
  }

  const merged = replaceMigrated(drafts);
  warnings.push(...merged.warnings);
  const ordered = reviewedLast(merged.drafts, reviewed);
  problems.push(...duplicateProblems(ordered), ...overlapProblems(ordered));
  const advertisements = readAdvertisements(sources.advertisements, { problems, warnings });
  const config = { pools: merged.drafts.map(({ pool }) => pool).sort(comparePools), advertisements };
  return {
    config: { ...config, advertisements: [...fromConfigMap(merged.drafts), ...advertisements] },
    problems,
    warnings,
  };
}

/** Other keys in place of ours are a slip (`--from-file=config.yaml`), and must not read as "no pools". */
function keyProblems({ data = {} }: ConfigMapObject = {}): Problem[] {
  const keys = Object.keys(data);
  if (keys.length === 0 || keys.includes(CONFIG_MAP_KEY)) return [];
  const present = keys.map((key) => `"${key}"`).join(', ');
  return [{ path: 'data', message: `has no key "${CONFIG_MAP_KEY}" (present: ${present})` }];
}

type Findings = { readonly problems: SourcedProblem[]; readonly warnings: SourcedProblem[] };

function readAdvertisements(
  sources: readonly L2AdvertisementObject[],
  { problems, warnings }: Findings,
): Advertisement[] {
  return byName(sources).map((source) => {
    const read = parseAdvertisement(source);
    const object: ObjectId = { kind: 'L2Advertisement', name: source.metadata?.name ?? '' };
    problems.push(...sourced(object, read.problems));
    warnings.push(...sourced(object, read.warnings));
    return read.advertisement;
  });
}

/** Every node announces a layer2 pool of the ConfigMap on every suitable interface. */
function fromConfigMap(drafts: readonly SourcedPool[]): Advertisement[] {
  return drafts
    .filter(({ object }) => object.kind === 'ConfigMap')
    .map(({ pool }) => ({
      name: `${CONFIG_MAP_NAME}/${pool.name}`,
      pools: [pool.name],
      poolSelectors: [],
      nodeSelectors: [],
      interfaces: [],
      serviceSelectors: [],
      preferences: [],
    }));
}

/** A CRD pool equal in name and ranges to one of the ConfigMap replaces it: migration without a gap. */
function replaceMigrated(drafts: readonly SourcedPool[]): { drafts: SourcedPool[]; warnings: SourcedProblem[] } {
  const replaced = new Set<SourcedPool>();
  const warnings: SourcedProblem[] = [];
  const old = new Map(
    drafts.filter(({ object }) => object.kind === 'ConfigMap').map((draft) => [draft.pool.name, draft]),
  );
  for (const { pool, object, path } of drafts) {
    const twin = old.get(pool.name);
    if (object.kind !== 'IPAddressPool' || !twin || rangesText(twin.pool) !== rangesText(pool)) continue;
    replaced.add(twin);
    warnings.push({
      object,
      path,
      message: `replaces the equal pool of ConfigMap "${CONFIG_MAP_NAME}" (${twin.path})`,
    });
  }
  return { drafts: drafts.filter((draft) => !replaced.has(draft)), warnings };
}

function rangesText(pool: AddressPool): string {
  return pool.ranges
    .map(({ range }) => `${range.family}:${range.first}-${range.last}`)
    .sort()
    .join();
}

function duplicateProblems(drafts: readonly SourcedPool[]): SourcedProblem[] {
  const owners = new Map<string, ObjectId>();
  return drafts.flatMap(({ pool, object, path }): SourcedProblem[] => {
    const owner = owners.get(pool.name);
    owners.set(pool.name, owner ?? object);
    if (pool.name === '' || !owner) return [];
    const evidence = isSameObject(owner, object) ? {} : { evidence: { configuration: true as const } };
    return [{ object, path, message: `duplicate definition of pool "${pool.name}"`, ...evidence }];
  });
}

function reviewedLast(drafts: readonly SourcedPool[], reviewed: ObjectId | undefined): SourcedPool[] {
  const isReviewed = ({ object }: SourcedPool) => reviewed !== undefined && isSameObject(object, reviewed);
  return [...drafts.filter((draft) => !isReviewed(draft)), ...drafts.filter(isReviewed)];
}

function sourced(object: ObjectId, problems: readonly Problem[]): SourcedProblem[] {
  return problems.map((problem) => ({ ...problem, object }));
}

function byName<T extends { readonly metadata?: { readonly name?: string } }>(objects: readonly T[]): T[] {
  const name = (object: T) => object.metadata?.name ?? '';
  return [...objects].sort((a, b) => Number(name(a) > name(b)) - Number(name(a) < name(b)));
}
