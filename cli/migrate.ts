// `migrate`: the ConfigMap of MetalLB v0.8 to v0.12 as IPAddressPools and L2Advertisements that mean the same, or why not. Pure.
import { isDeepStrictEqual } from 'node:util';
import { parse, stringify } from 'yaml';
import { type ConfigSources, parseConfig } from '#core/config.ts';
import { parseConfigText } from '#core/config-map.ts';
import type { IPAddressPoolObject, L2AdvertisementObject } from '#core/custom-resources.ts';
import { CONFIG_MAP_KEY } from '#core/names.ts';
import type { PoolDraft } from '#core/pool-draft.ts';
import type { Problem } from '#core/problem.ts';
import type { ConfigDocument } from '#core/schema.ts';

type Named = { readonly apiVersion: string; readonly kind: string; readonly metadata: { readonly name: string } };
export type MigratedObject = Named & (IPAddressPoolObject | L2AdvertisementObject);

export type Migration =
  /** Advertisements first: as soon as a pool replaces its twin in the ConfigMap, that one's own advertisement is gone. */
  | { readonly ok: true; readonly objects: readonly MigratedObject[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** A pool of the ConfigMap and what becomes of it. */
type Twin = {
  readonly draft: PoolDraft;
  readonly pool: Named & IPAddressPoolObject;
  readonly advertisement: Named & L2AdvertisementObject;
};
type Present = Pick<ConfigSources, 'pools' | 'advertisements'>;
type Specified = { readonly metadata?: { readonly name?: string }; readonly spec?: object };

/** As the API server fills them in, and as they are read where it does not. */
const POOL_DEFAULTS = { autoAssign: true, avoidBuggyIPs: false };

/** What has no place in the resources; layer2 pools do not need it. */
const BGP_KEYS = ['peers', 'bgp-communities', 'bfd-profiles'] as const;

/** The name of an object (RFC 1123 subdomain). */
const OBJECT_NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const NAME_LENGTH_MOST = 253;

export function migrate({ configMap, ...present }: ConfigSources, namespace: string): Migration {
  const alone = { ...(configMap ? { configMap } : {}), pools: [], advertisements: [] };
  const invalid = parseConfig(alone).problems;
  if (invalid.length > 0) return { ok: false, problems: invalid };
  const text = configMap?.data?.[CONFIG_MAP_KEY] ?? '';
  const document = parse(text, { version: '1.1' }) as ConfigDocument;
  const addresses = (document?.['address-pools'] ?? []).map((pool) => pool.addresses ?? []);
  const twins = parseConfigText(text).pools.map((draft, i): Twin => {
    const advertisement = advertisementFor(draft.pool.name, namespace);
    return { draft, advertisement, pool: poolFor(draft, addresses[i] ?? [], namespace) };
  });
  const problems = [
    ...bgpProblems(document),
    ...twins.flatMap((twin) => [...nameProblems(twin.draft), ...takenProblems(twin, present)]),
  ];
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, objects: [...twins.map(({ advertisement }) => advertisement), ...twins.map(({ pool }) => pool)] };
}

export function formatObjects(objects: readonly MigratedObject[]): string {
  return objects.map((object) => stringify(object)).join('---\n');
}

export function formatList(items: readonly MigratedObject[]): string {
  return `${JSON.stringify({ apiVersion: 'v1', kind: 'List', items }, undefined, 2)}\n`;
}

/** Where the API server has it. */
export function pathOf({ kind, metadata }: Named, namespace: string): string {
  return `/apis/metallb.io/v1beta1/namespaces/${namespace}/${kind.toLowerCase()}s/${metadata.name}`;
}

function bgpProblems(document: ConfigDocument): Problem[] {
  // Not what stands there: peers have passwords.
  const message = 'cannot be carried over: BGP is not supported yet, wanted it removed';
  return BGP_KEYS.filter((key) => document?.[key] != null).map((path) => ({ path, message }));
}

function nameProblems({ pool: { name }, path }: PoolDraft): Problem[] {
  if (OBJECT_NAME.test(name) && name.length <= NAME_LENGTH_MOST) return [];
  return [{ path, message: `"${name}" is no name of an object, wanted lower-case letters, digits, "-" and "."` }];
}

/** Another object of that name would be overwritten, or would refuse it halfway through. */
function takenProblems({ draft, pool, advertisement }: Twin, present: Present): Problem[] {
  const { name } = draft.pool;
  const isOther = (found: Specified | undefined, wanted: Specified, defaults: object) =>
    found !== undefined && !isDeepStrictEqual({ ...defaults, ...found.spec }, { ...defaults, ...wanted.spec });
  const named = <T extends Specified>(objects: readonly T[]) => objects.find(({ metadata }) => metadata?.name === name);
  const taken = [
    ...(isOther(named(present.pools), pool, POOL_DEFAULTS) ? ['IPAddressPool'] : []),
    ...(isOther(named(present.advertisements), advertisement, {}) ? ['L2Advertisement'] : []),
  ];
  return taken.map((kind) => ({
    path: draft.path,
    message: `${kind} "${name}" exists and says something else, wanted another name for one of the two`,
  }));
}

function poolFor({ pool }: PoolDraft, addresses: readonly string[], namespace: string): Named & IPAddressPoolObject {
  return {
    ...{ apiVersion: 'metallb.io/v1beta1', kind: 'IPAddressPool' },
    metadata: { name: pool.name, namespace },
    spec: {
      addresses,
      ...(pool.autoAssign ? {} : { autoAssign: false }),
      ...(pool.avoidBuggyIps ? { avoidBuggyIPs: true } : {}),
    },
  };
}

function advertisementFor(pool: string, namespace: string): Named & L2AdvertisementObject {
  return {
    ...{ apiVersion: 'metallb.io/v1beta1', kind: 'L2Advertisement' },
    metadata: { name: pool, namespace },
    spec: { ipAddressPools: [pool] },
  };
}
