// The pure side of the table: each row judged by the rules alone, in a world made of the same objects.
import { type ConfigSources, parseConfig } from '#core/config.ts';
import { parseCidrs, parseNode } from '#core/node.ts';
import { formatProblem } from '#core/problem.ts';
import { type ReviewWorld, review } from '#core/rules/review.ts';
import { parseService, type ServiceObject } from '#core/service.ts';
import { reviewBody } from '#test/webhook/builders.ts';
import { answerReview } from '#webhook/answer.ts';
import { readReview } from '#webhook/request.ts';
import { FIXTURES, HELD, type Manifest, NODES, SERVICE_CIDRS } from './cluster.ts';
import type { Row } from './row.ts';

export type Answer = { readonly denied: readonly string[]; readonly warned: readonly string[] };

export const ROW_WORLD = worldOf(FIXTURES);
const EARLY = worldOf([]);

/** The review that the API server would send. */
export function requestBodyOf({ write, object, isEarly }: Row): object {
  const before = isEarly ? undefined : FIXTURES.find((one) => isSame(one, object));
  const old = before && stored(before, before);
  if (write === 'delete') return reviewBody('DELETE', { oldObject: old });
  return reviewBody(old ? 'UPDATE' : 'CREATE', { object: stored(object, before), oldObject: old });
}

export function judgeRow(row: Row): Answer {
  const read = readReview(requestBodyOf(row));
  if (!read.ok) throw new Error(read.message);
  const request = read.value;
  const verdict = review(request, row.isEarly ? EARLY : ROW_WORLD);
  const { response } = answerReview(request, verdict);
  const causes = (response.status?.details?.causes ?? []).map(({ field, message }) => `${field}: ${message}`);
  return {
    denied: verdict.refusal ? [response.status?.message ?? ''] : causes,
    warned: response.warnings ?? verdict.warnings.map(formatProblem),
  };
}

function worldOf(fixtures: readonly Manifest[]): ReviewWorld {
  const of = (kind: string) => fixtures.filter((manifest) => manifest.kind === kind);
  const [configMap] = of('ConfigMap');
  const sources = {
    ...(configMap ? { configMap } : {}),
    pools: of('IPAddressPool'),
    advertisements: of('L2Advertisement'),
  } as ConfigSources;
  const nodes = NODES.map(({ name, addresses, podCIDRs }) => {
    const labels = { 'kubernetes.io/hostname': name };
    return parseNode({
      metadata: { name, labels },
      spec: { podCIDRs },
      status: { addresses: addresses.map((address) => ({ type: 'InternalIP', address })) },
    });
  });
  return {
    settings: { namespace: 'metallb-system', loadBalancerClass: undefined, onServiceProblems: 'deny' },
    sources,
    config: parseConfig(sources).config,
    services: of('Service').map((manifest) => parseService(stored(manifest, manifest) as ServiceObject)),
    namespaces: new Map([
      ['default', {}],
      ['shop', {}],
    ]),
    isTerminating: false,
    nodeIps: nodes.flatMap(({ ips }) => ips),
    facts: { nodes, serviceCidrs: parseCidrs(SERVICE_CIDRS).map((range) => ({ name: 'kubernetes', range })) },
  };
}

function isSame(one: Manifest, other: Manifest): boolean {
  return (
    one.kind === other.kind &&
    one.metadata.name === other.metadata.name &&
    one.metadata.namespace === other.metadata.namespace
  );
}

/** What the API server and the controller add: defaults, and in the status the address that was asked for. */
function stored(manifest: Manifest, before: Manifest | undefined): { [key: string]: unknown } {
  if (manifest.kind !== 'Service') return { ...manifest };
  const spec = manifest.spec as { ipFamilyPolicy?: string };
  const ipFamilies = spec.ipFamilyPolicy === 'RequireDualStack' ? ['IPv4', 'IPv6'] : ['IPv4'];
  const ip = before && HELD[before.metadata.name];
  return {
    ...manifest,
    spec: { ipFamilies, ipFamilyPolicy: 'SingleStack', externalTrafficPolicy: 'Cluster', ...spec },
    status: { loadBalancer: ip === undefined ? {} : { ingress: [{ ip }] } },
  };
}
