// The judgement of one review: a pure function of the request and a snapshot of the world.
import type { Config, ConfigSources } from '#core/config.ts';
import type { Ip } from '#core/ip.ts';
import type { Labels } from '#core/labels.ts';
import { sortProblems } from '#core/problem.ts';
import { readRequest } from '#core/request.ts';
import type { ClusterFacts } from '#core/rules/pool-rules.ts';
import { ratchet } from '#core/rules/ratchet.ts';
import { reviewConfiguration } from '#core/rules/review-configuration.ts';
import type { ReviewRequest, ServiceRequest } from '#core/rules/review-request.ts';
import { serviceProblems } from '#core/rules/service-rules.ts';
import { deprecatedWarnings, misspeltWarnings, movingWarnings, waitingWarnings } from '#core/rules/service-warnings.ts';
import { ALLOWED, type Verdict } from '#core/rules/verdict.ts';
import { isOurs, parseService, type Service, type ServiceObject } from '#core/service.ts';

export type ReviewWorld = {
  readonly settings: ReviewSettings;
  /** The configuration objects as they are, good or not. */
  readonly sources: ConfigSources;
  /** The last configuration without a problem: what the controller allocates from. Undefined until the first one. */
  readonly config: Config | undefined;
  readonly services: readonly Service[];
  readonly namespaces: ReadonlyMap<string, Labels>;
  /** Our own namespace is being deleted, with all that is in it. */
  readonly isTerminating: boolean;
  readonly nodeIps: readonly Ip[];
  readonly facts: ClusterFacts;
};

export type ReviewSettings = {
  /** Where pool configuration lives. */
  readonly namespace: string;
  readonly loadBalancerClass: string | undefined;
  /** `warn` admits wrong Services with warnings. */
  readonly onServiceProblems: 'deny' | 'warn';
};

export function review(request: ReviewRequest, world: ReviewWorld): Verdict {
  return request.resource === 'services' ? reviewService(request, world) : reviewConfiguration(request, world);
}

const NO_CONFIG: Config = { pools: [], advertisements: [] };

/** Deleting is never denied, nor is what a Service needs to go away. */
function reviewService({ operation, object, oldObject }: ServiceRequest, { config, ...rest }: ReviewWorld): Verdict {
  const world = { ...rest, config: config ?? NO_CONFIG };
  const isWrite = operation === 'CREATE' || operation === 'UPDATE';
  if (!(isWrite && object) || object.metadata?.deletionTimestamp) return ALLOWED;
  const found = judge(object, world);
  const before = operation === 'UPDATE' && oldObject ? judge(oldObject, world).problems : [];
  const { fresh, known } = ratchet(found.problems, before);
  const moving = oldObject ? movingWarnings(parseService(object), parseService(oldObject), world) : [];
  const warnings = [...sortProblems(known), ...moving, ...found.warnings];
  const claim = found.claim ? { claim: found.claim } : {};
  if (world.settings.onServiceProblems === 'warn') {
    return { problems: [], warnings: [...sortProblems(fresh), ...warnings], ...claim };
  }
  return { problems: sortProblems(fresh), warnings, ...claim };
}

/** A Service that is not ours has no problems of ours. */
function judge(object: ServiceObject, world: ReviewWorld & { readonly config: Config }): Verdict {
  const service = parseService(object);
  if (!isOurs(service, world.settings.loadBalancerClass)) return ALLOWED;
  const { annotations = {} } = object.metadata ?? {};
  const found = serviceProblems(service, world);
  const warnings = [
    ...found.warnings,
    ...waitingWarnings(service, world),
    ...deprecatedWarnings(annotations),
    ...misspeltWarnings(annotations),
  ];
  const verdict = { problems: found.problems, warnings };
  const requested = readRequest(service).requested.map(({ ip }) => ip);
  if (verdict.problems.length > 0 || requested.length === 0) return verdict;
  return { ...verdict, claim: { ...service, held: requested } };
}
