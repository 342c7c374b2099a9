// Pool configuration under review: the whole configuration is read as it would be after the write,
// by the same function that the controller and the speakers use, and the object's own faults are told.
import { type Config, type ConfigSources, parseConfig } from '#core/config.ts';
import { CONFIG_MAP_NAME } from '#core/names.ts';
import { isSameObject, type ObjectId, type SourcedProblem, sortProblems } from '#core/problem.ts';
import { clusterProblems } from '#core/rules/pool-rules.ts';
import { ratchet } from '#core/rules/ratchet.ts';
import { judgeRelease } from '#core/rules/release.ts';
import type { ReviewWorld } from '#core/rules/review.ts';
import type { ConfigurationRequest } from '#core/rules/review-request.ts';
import { ALLOWED, type Verdict } from '#core/rules/verdict.ts';

const KINDS = {
  configmaps: 'ConfigMap',
  ipaddresspools: 'IPAddressPool',
  l2advertisements: 'L2Advertisement',
} as const;

export function reviewConfiguration(request: ConfigurationRequest, world: ReviewWorld): Verdict {
  if (request.operation === 'CONNECT' || isForeign(request, world)) return ALLOWED;
  if (request.operation === 'DELETE') return judgeRelease(request, configAfter(request, world), world);
  const found = judge(request, 'object', world);
  const before = request.operation === 'UPDATE' ? judge(request, 'oldObject', world).problems : [];
  const { fresh, known } = ratchet(found.problems, before);
  const release = found.isInForce ? judgeRelease(request, configAfter(request, world), world) : ALLOWED;
  return {
    problems: sortProblems([...fresh, ...release.problems]),
    warnings: [...sortProblems(known), ...release.warnings, ...found.warnings],
  };
}

/** The whole configuration as the write would leave it. */
function configAfter(request: ConfigurationRequest, { sources }: ReviewWorld): Config {
  return parseConfig(sourcesWith(request, request.operation === 'DELETE' ? 'none' : 'object', sources)).config;
}

/** What stands elsewhere has no effect; that it does not is said at CREATE and UPDATE. */
function isForeign({ resource, operation, namespace, name }: ConfigurationRequest, { settings }: ReviewWorld): boolean {
  if (resource === 'configmaps') return !(namespace === settings.namespace && name === CONFIG_MAP_NAME);
  return operation === 'DELETE' && namespace !== settings.namespace;
}

/** With a fault that every program sees, the object does not come into force, so it takes nothing away yet. */
type ObjectVerdict = Verdict & { readonly isInForce: boolean };

/** The faults of one version of the object. Elsewhere than in our namespace it has no effect, which is its only fault. */
function judge(request: ConfigurationRequest, version: 'object' | 'oldObject', world: ReviewWorld): ObjectVerdict {
  const { namespace } = world.settings;
  if (request.namespace !== namespace) {
    const message = `"${request.namespace}" is not read, wanted "${namespace}"`;
    return { problems: [{ path: 'metadata.namespace', message }], warnings: [], isInForce: false };
  }
  const id: ObjectId = { kind: KINDS[request.resource], name: request.name };
  const read = parseConfig(sourcesWith(request, version, world.sources), id);
  const inCluster = clusterProblems(read.config, world.facts);
  const own = (list: readonly SourcedProblem[]) => list.filter(({ object }) => isSameObject(object, id));
  const faults = own(read.problems);
  return {
    problems: [...faults, ...own(inCluster.problems)],
    warnings: sortProblems(own([...read.warnings, ...inCluster.warnings])),
    isInForce: faults.length === 0,
  };
}

function sourcesWith(
  request: ConfigurationRequest,
  version: 'object' | 'oldObject' | 'none',
  { configMap, ...sources }: ConfigSources,
): ConfigSources {
  const others = { ...sources, ...(configMap ? { configMap } : {}) };
  switch (request.resource) {
    case 'configmaps': {
      const object = version === 'none' ? undefined : request[version];
      return { ...sources, ...(object ? { configMap: object } : {}) };
    }
    case 'ipaddresspools': {
      const object = version === 'none' ? undefined : request[version];
      return { ...others, pools: withObject(sources.pools, request.name, object) };
    }
    case 'l2advertisements': {
      const object = version === 'none' ? undefined : request[version];
      return { ...others, advertisements: withObject(sources.advertisements, request.name, object) };
    }
  }
}

type Named = { readonly metadata?: { readonly name?: string } };

function withObject<O extends Named>(objects: readonly O[], name: string, object: O | undefined): readonly O[] {
  const others = objects.filter(({ metadata }) => metadata?.name !== name);
  return object ? [...others, object] : others;
}
