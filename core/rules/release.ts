// Whether a write of pool configuration may take addresses away from the Services that hold them (design 2.1):
// not without a word from the writer, and never in the way of a namespace that is being deleted.
import { type Config, parseConfig } from '#core/config.ts';
import { ALLOW_RELEASE, type Annotations } from '#core/names.ts';
import type { Evidence, Problem } from '#core/problem.ts';
import { describeStranded, findSilenced, findStranded, type Loss, type Stranded } from '#core/rules/in-use.ts';
import type { ReviewWorld } from '#core/rules/review.ts';
import type { ConfigurationRequest } from '#core/rules/review-request.ts';
import { ALLOWED, type Verdict } from '#core/rules/verdict.ts';
import { annotationPath, isOurs } from '#core/service.ts';

/** So many Services are read live before a denial rests on them; the sentence names five. */
const CONFIRMED_MOST = 50;

const ADVICE = `; give these Services other addresses first, or set annotation ${ALLOW_RELEASE}: "true" to take them away`;

/** `after` is the configuration as it would be. Services of other classes hold nothing of ours, whatever they show. */
export function judgeRelease(request: ConfigurationRequest, after: Config, world: ReviewWorld): Verdict {
  if (world.isTerminating) return ALLOWED;
  const services = world.services.filter((service) => isOurs(service, world.settings.loadBalancerClass));
  const holders = { services, namespaces: world.namespaces, nodes: world.facts.nodes };
  const before = presentConfig(world);
  const stranded = findStranded(before, after, holders).filter((one) => isTakenBy(request, one, before));
  const silenced = silencedWarnings(request, findSilenced(before, after, holders));
  if (stranded.length === 0) return { problems: [], warnings: silenced };
  if (isReleaseAllowed(request)) {
    const path = annotationPath(ALLOW_RELEASE);
    const warnings = describeStranded(stranded).map((message) => ({ path, message: `${message}; they lose it` }));
    return { problems: [], warnings: [...warnings, ...silenced] };
  }
  return { ...denial(request, stranded), warnings: silenced };
}

/** What the controller allocates from; while nothing came into force since the start, all that can be read. */
function presentConfig({ config, sources }: ReviewWorld): Config {
  return config ?? parseConfig(sources).config;
}

/** What a fault in another object would take away is not laid to this write. */
function isTakenBy({ kind, name }: ConfigurationRequest, { pool }: Stranded, { pools }: Config): boolean {
  const owner = pools.find((one) => one.name === pool);
  if (kind === 'IPAddressPool') return pool === name;
  return owner?.source === kind;
}

function denial(request: ConfigurationRequest, stranded: readonly Stranded[]): Pick<Verdict, 'problems' | 'refusal'> {
  const evidence = evidenceOf(stranded);
  if (request.operation === 'DELETE') {
    const message = `${describeStranded(stranded).join(', ')}${ADVICE}`;
    return { problems: [], refusal: { code: 409, message, reason: 'InUse', evidence } };
  }
  const byPath = Map.groupBy(stranded, ({ loss }) => pathOf(request, loss));
  const problems = Array.from(byPath, ([path, group]) =>
    describeStranded(group).map((message): Problem => ({ path, message: message + ADVICE, reason: 'InUse', evidence })),
  );
  return { problems: problems.flat() };
}

function evidenceOf(stranded: readonly Stranded[]): Evidence {
  const keys = new Set(stranded.map(({ service }) => service.key));
  return { services: [...keys].sort().slice(0, CONFIRMED_MOST), configuration: true };
}

function pathOf({ resource }: ConfigurationRequest, loss: Loss): string {
  if (resource === 'configmaps') return 'data.config';
  if (loss === 'access') return 'spec.serviceAllocation';
  return loss === 'buggy' ? 'spec.avoidBuggyIPs' : 'spec.addresses';
}

function silencedWarnings({ resource, operation }: ConfigurationRequest, silenced: readonly Stranded[]): Problem[] {
  const isChange = resource === 'l2advertisements' && operation !== 'DELETE';
  const evidence = evidenceOf(silenced);
  return describeStranded(silenced).map((message) => ({
    path: isChange ? 'spec' : 'metadata.name',
    message: `${message}, which no L2Advertisement would announce any more`,
    evidence,
  }));
}

function isReleaseAllowed({ operation, object, oldObject }: ConfigurationRequest): boolean {
  const { metadata } = (operation === 'DELETE' ? oldObject : object) ?? {};
  const { annotations = {} }: { annotations?: Annotations } = metadata ?? {};
  return annotations[ALLOW_RELEASE] === 'true';
}
