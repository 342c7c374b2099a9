// A review whose answer is never older than the cluster: before another object is held against the user, or is said to be
// missing, it is read live and the review is judged again (design 2.2, Concurrency).
import { type ConfigSources, parseConfig } from '#core/config.ts';
import type { Namespace } from '#core/node.ts';
import type { Evidence, Problem } from '#core/problem.ts';
import { type ReviewWorld, review } from '#core/rules/review.ts';
import type { ReviewRequest } from '#core/rules/review-request.ts';
import { isAllowed, type Verdict } from '#core/rules/verdict.ts';
import type { Service } from '#core/service.ts';
import type { Claims } from './claims.ts';

/** Reads of the API server's own state; each throws when it cannot be had in time. */
export type LiveReader = {
  service(key: string): Promise<Service | undefined>;
  /** Both forms of it. */
  configuration(): Promise<ConfigSources>;
  namespace(name: string): Promise<Namespace | undefined>;
};

export type Confirmation = {
  /** A reader whose time starts now. */
  readonly openReader: () => LiveReader;
  readonly claims: Claims;
  /** Milliseconds. */
  readonly now: () => number;
  readonly onFailure: (error: unknown) => void;
};

/** `questioned` is the version that the cache showed when the Service was read live; a newer one is newer than the read. */
type ServiceFact = { readonly questioned: string | undefined; readonly live: Service | undefined };

/** What was read live in the course of one review. */
type Facts = {
  readonly services: ReadonlyMap<string, ServiceFact>;
  readonly configuration?: {
    readonly sources: ConfigSources;
    readonly namespace: Namespace | undefined;
  };
};

/** Each round may bring another object into view; a world that changes so fast is judged by the controller. */
const ROUNDS_MOST = 5;

export async function reviewConfirmed(
  request: ReviewRequest,
  snapshot: () => ReviewWorld,
  confirmation: Confirmation,
): Promise<Verdict> {
  const { claims, now } = confirmation;
  const judge = (facts: Facts) => {
    // Afresh each time: while something was read, a claim may have given way to what the cache shows now.
    const read = worldWith(request, snapshot(), facts);
    const verdict = review(request, { ...read, services: claims.over(read.services, now()) });
    // At once, or two clashing reviews could both look before either has claimed.
    if (isAllowed(verdict) && verdict.claim && !request.dryRun) {
      const { claim } = verdict;
      const known = read.services.find(({ key }) => key === claim.key);
      claims.place(claim, known, now());
    }
    return verdict;
  };
  let facts: Facts = { services: new Map() };
  let verdict = judge(facts);
  if (isConfirmed(verdict, facts)) return verdict;
  const reader = confirmation.openReader();
  let doubt = 'the cluster changed too fast to confirm it';
  try {
    for (let round = 0; round < ROUNDS_MOST && !isConfirmed(verdict, facts); round++) {
      facts = await readMore({ request, verdict, facts, cached: snapshot().services }, reader);
      for (const [key, { live }] of facts.services) claims.confirm(key, live, now());
      verdict = judge(facts);
    }
  } catch (error) {
    doubt = 'the API server could not be asked to confirm it';
    confirmation.onFailure(error);
  }
  return isConfirmed(verdict, facts) ? verdict : withoutDoubts(verdict, facts, doubt);
}

function isConfirmed(verdict: Verdict, facts: Facts): boolean {
  return evidenceOf(verdict).every((evidence) => isRead(evidence, facts));
}

function evidenceOf({ problems, refusal, warnings }: Verdict): readonly Evidence[] {
  const said = [...problems, ...(refusal ? [refusal] : []), ...warnings];
  return said.flatMap(({ evidence }) => (evidence ? [evidence] : []));
}

function isRead({ services = [], configuration }: Evidence = {}, facts: Facts): boolean {
  return services.every((key) => facts.services.has(key)) && (!configuration || facts.configuration !== undefined);
}

type Reading = {
  readonly request: ReviewRequest;
  readonly verdict: Verdict;
  readonly facts: Facts;
  readonly cached: readonly Service[];
};

async function readMore({ request, verdict, facts, cached }: Reading, reader: LiveReader): Promise<Facts> {
  const evidence = evidenceOf(verdict);
  const keys = new Set(evidence.flatMap(({ services = [] }) => services).filter((key) => !facts.services.has(key)));
  const isConfigurationWanted = evidence.some(({ configuration }) => configuration) && !facts.configuration;
  const [read, configuration] = await Promise.all([
    Promise.all(Array.from(keys, async (key) => [key, await readService(key, cached, reader)] as const)),
    isConfigurationWanted ? readConfiguration(request, reader) : facts.configuration,
  ]);
  return { services: new Map([...facts.services, ...read]), ...(configuration ? { configuration } : {}) };
}

async function readService(key: string, cached: readonly Service[], reader: LiveReader): Promise<ServiceFact> {
  const questioned = cached.find((service) => service.key === key)?.resourceVersion;
  return { questioned, live: await reader.service(key) };
}

async function readConfiguration(
  request: ReviewRequest,
  reader: LiveReader,
): Promise<NonNullable<Facts['configuration']>> {
  const [sources, namespace] = await Promise.all([reader.configuration(), reader.namespace(request.namespace)]);
  return { sources, namespace };
}

function worldWith(request: ReviewRequest, world: ReviewWorld, facts: Facts): ReviewWorld {
  const services = servicesWith(world.services, facts);
  if (!facts.configuration) return { ...world, services };
  const { sources, namespace } = facts.configuration;
  const { config, problems } = parseConfig(sources);
  const isOurs = request.namespace === world.settings.namespace;
  return {
    ...world,
    services,
    sources,
    // With a fault in it the controller, too, goes on with the last good one.
    config: problems.length === 0 ? config : world.config,
    namespaces: new Map(world.namespaces).set(request.namespace, namespace?.labels ?? {}),
    isTerminating: isOurs ? (namespace?.isTerminating ?? false) : world.isTerminating,
  };
}

function servicesWith(cached: readonly Service[], { services }: Facts): readonly Service[] {
  if (services.size === 0) return cached;
  // In the order of the cache, which the sentences follow.
  const known = new Set(cached.map(({ key }) => key));
  const kept = cached.map((service) => {
    const fact = isNews(service, services) ? undefined : services.get(service.key);
    return fact ? fact.live : service;
  });
  const found = Array.from(services, ([key, { live }]) => (known.has(key) ? undefined : live));
  return [...kept, ...found].filter((service) => service !== undefined);
}

/** The cache has moved on since the Service was read. */
function isNews({ key, resourceVersion }: Service, services: Facts['services']): boolean {
  const fact = services.get(key);
  return fact !== undefined && fact.questioned !== resourceVersion;
}

/** What could not be confirmed is said, not held against the user; `doubt` says why it could not. Warnings stay as they are. */
function withoutDoubts({ problems, refusal, warnings }: Verdict, facts: Facts, doubt: string): Verdict {
  const doubted = (path: string, { message }: Pick<Problem, 'message'>): Problem => ({
    path,
    message: `allowed, though ${doubt}: ${message}`,
  });
  const certain = problems.filter(({ evidence }) => isRead(evidence, facts));
  const doubts = problems
    .filter((problem) => !certain.includes(problem))
    .map((problem) => doubted(problem.path, problem));
  const isRefusalCertain = refusal && isRead(refusal.evidence, facts);
  return {
    problems: certain,
    warnings: [...doubts, ...(refusal && !isRefusalCertain ? [doubted('metadata.name', refusal)] : []), ...warnings],
    ...(refusal && isRefusalCertain ? { refusal } : {}),
  };
}
