// `migrate`: the ConfigMap of MetalLB v0.8 to v0.12 as IPAddressPools and L2Advertisements that mean the same, or why not. Pure.
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

/** What has no place in the resources; layer2 pools do not need it. */
const BGP_KEYS = ['peers', 'bgp-communities', 'bfd-profiles'] as const;

/** The name of an object (RFC 1123 subdomain). */
const OBJECT_NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const NAME_LENGTH_MOST = 253;

export function migrate({ configMap, advertisements }: ConfigSources, namespace: string): Migration {
  const alone = { ...(configMap ? { configMap } : {}), pools: [], advertisements: [] };
  const invalid = parseConfig(alone).problems;
  if (invalid.length > 0) return { ok: false, problems: invalid };
  const text = configMap?.data?.[CONFIG_MAP_KEY] ?? '';
  const document = parse(text, { version: '1.1' }) as ConfigDocument;
  const drafts = parseConfigText(text).pools;
  const problems = [
    ...bgpProblems(document),
    ...drafts.flatMap((draft) => [...nameProblems(draft), ...takenProblems(draft, advertisements)]),
  ];
  if (problems.length > 0) return { ok: false, problems };
  const addresses = (document?.['address-pools'] ?? []).map((pool) => pool.addresses ?? []);
  return {
    ok: true,
    objects: [
      ...drafts.map(({ pool }) => advertisementFor(pool.name, namespace)),
      ...drafts.map((draft, i) => poolFor(draft, addresses[i] ?? [], namespace)),
    ],
  };
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
  return BGP_KEYS.filter((key) => document?.[key] != null).map((path) => {
    const value = JSON.stringify(document?.[path]);
    return { path, message: `${value} cannot be carried over: BGP is not supported yet, wanted it removed` };
  });
}

function nameProblems({ pool: { name }, path }: PoolDraft): Problem[] {
  if (OBJECT_NAME.test(name) && name.length <= NAME_LENGTH_MOST) return [];
  return [{ path, message: `"${name}" is no name of an object, wanted lower-case letters, digits, "-" and "."` }];
}

/** Another advertisement of that name would be overwritten. */
function takenProblems({ pool: { name }, path }: PoolDraft, present: readonly L2AdvertisementObject[]): Problem[] {
  const twin = present.find(({ metadata }) => metadata?.name === name);
  const wanted = advertisementFor(name, '').spec;
  if (!twin || JSON.stringify(twin.spec) === JSON.stringify(wanted)) return [];
  const message = `L2Advertisement "${name}" exists and says something else, wanted another name for one of the two`;
  return [{ path, message }];
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
