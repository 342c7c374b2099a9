// The judgement of files: every object as the webhook would judge it once all the others are there.
import { type Config, type ConfigMapObject, type ConfigSources, parseConfig } from '#core/config.ts';
import type { IPAddressPoolObject, L2AdvertisementObject } from '#core/custom-resources.ts';
import { CONFIG_MAP_NAME } from '#core/names.ts';
import { formatProblem } from '#core/problem.ts';
import { type ReviewWorld, review } from '#core/rules/review.ts';
import type { ReviewRequest } from '#core/rules/review-request.ts';
import type { Verdict } from '#core/rules/verdict.ts';
import type { ServiceObject } from '#core/service.ts';
import type { Manifest, WireObject } from './documents.ts';

export type Report = {
  readonly manifest: Manifest;
  readonly denied: readonly string[];
  readonly warned: readonly string[];
};

/** The cluster as it is; offline an empty one. */
export type Present = {
  readonly world: ReviewWorld;
  /** The object that a manifest would replace. */
  readonly find: (manifest: Manifest) => WireObject | undefined;
};

export function validateManifests(manifests: readonly Manifest[], present: Present): Report[] {
  const { settings } = present.world;
  const sound = manifests.filter(({ faults }) => faults.length === 0);
  const sources = sourcesWith(sound, present.world.sources, settings.namespace);
  const config = parseConfig(sources).config;
  let { services } = present.world;
  return manifests.map((manifest) => {
    if (manifest.faults.length > 0) return { manifest, denied: manifest.faults, warned: [] };
    const world = { ...present.world, sources, config: configFor(manifest, { present, config }), services };
    const verdict = review(requestFor(manifest, present), world);
    const { claim } = verdict;
    // Later Services of the files meet it as a holder.
    if (claim) services = [...services.filter(({ key }) => key !== claim.key), claim];
    return reportOf(manifest, verdict);
  });
}

/** A pool is held against what is allocated from now, a Service against the pools as they will be. */
function configFor(
  { resource }: Manifest,
  { present, config }: { present: Present; config: Config },
): Config | undefined {
  return resource === 'services' ? config : present.world.config;
}

function reportOf(manifest: Manifest, { problems, warnings }: Verdict): Report {
  return { manifest, denied: problems.map(formatProblem), warned: warnings.map(formatProblem) };
}

function requestFor(manifest: Manifest, { find }: Present): ReviewRequest {
  const { resource, kind, name, namespace } = manifest;
  const old = find(manifest);
  const request = { resource, kind, name, namespace, uid: '', dryRun: true, object: completed(manifest, old) };
  return (
    old ? { ...request, operation: 'UPDATE', oldObject: old } : { ...request, operation: 'CREATE' }
  ) as ReviewRequest;
}

/** What the API server would fill in, as far as the rules read it. */
function completed({ resource, object }: Manifest, old: WireObject | undefined): WireObject {
  if (resource !== 'services') return object;
  const { spec = {}, ...rest } = object as ServiceObject;
  const { spec: before, status } = (old ?? {}) as ServiceObject;
  const isDual = spec.ipFamilyPolicy === 'RequireDualStack' || spec.ipFamilyPolicy === 'PreferDualStack';
  const ipFamilies = spec.ipFamilies ?? before?.ipFamilies ?? (isDual ? ['IPv4', 'IPv6'] : []);
  return { ...rest, spec: { ...spec, ipFamilies }, ...(status ? { status } : {}) } as WireObject;
}

function sourcesWith(manifests: readonly Manifest[], live: ConfigSources, namespace: string): ConfigSources {
  const ours = manifests.filter((manifest) => manifest.namespace === namespace);
  const of = (resource: Manifest['resource']) => ours.filter((manifest) => manifest.resource === resource);
  const configMap = of('configmaps').findLast(({ name }) => name === CONFIG_MAP_NAME)?.object ?? live.configMap;
  return {
    ...(configMap ? { configMap: configMap as ConfigMapObject } : {}),
    pools: overlaid<IPAddressPoolObject>(live.pools, of('ipaddresspools')),
    advertisements: overlaid<L2AdvertisementObject>(live.advertisements, of('l2advertisements')),
  };
}

function overlaid<O extends WireObject>(live: readonly O[], manifests: readonly Manifest[]): O[] {
  const names = new Set(manifests.map(({ name }) => name));
  const last = new Map(manifests.map(({ name, object }) => [name, object as O]));
  return [...live.filter(({ metadata }) => !names.has(metadata?.name ?? '')), ...last.values()];
}
