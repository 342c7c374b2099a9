// BGP advertisements and communities of the ConfigMap: parsed and checked in full, and not used yet (reference 1.3).
import { type BfdProfileDocument, bfdProblems, type PeerDocument, peerProblems } from '#core/bgp-peer.ts';
import type { Family } from '#core/ip.ts';
import type { PoolRange } from '#core/pool.ts';
import type { Problem } from '#core/problem.ts';
import { stableText } from '#core/stable-text.ts';
import { suggestion } from '#core/suggest.ts';

export type BgpDocument = {
  readonly peers?: readonly PeerDocument[] | null;
  readonly 'bgp-communities'?: { readonly [name: string]: string } | null;
  readonly 'bfd-profiles'?: readonly BfdProfileDocument[] | null;
};

export type BgpAdvertisementDocument = {
  readonly 'aggregation-length'?: number;
  readonly 'aggregation-length-v6'?: number;
  readonly localpref?: number;
  readonly communities?: readonly string[];
};

export type AdvertisedPool = {
  readonly path: string;
  readonly ranges: readonly PoolRange[];
  readonly advertisements: readonly BgpAdvertisementDocument[];
};

/** What stands beside the pools. */
export function bgpProblems(document: BgpDocument): Problem[] {
  const profiles = document['bfd-profiles'] ?? [];
  const names = profiles.map(({ name = '' }) => name).filter((name) => name !== '');
  return [...peerProblems(document.peers ?? [], names), ...communityProblems(document), ...bfdProblems(profiles)];
}

/** The `bgp-advertisements` of one pool. */
export function bgpAdvertisementProblems(pool: AdvertisedPool, document: BgpDocument): Problem[] {
  const known = Object.keys(document['bgp-communities'] ?? {});
  const texts = pool.advertisements.map(stableText);
  return pool.advertisements.flatMap((advertisement, i) => {
    const path = `${pool.path}.bgp-advertisements[${i}]`;
    const first = texts.indexOf(texts[i] ?? '');
    const repeats = first < i ? [{ path, message: `repeats ${pool.path}.bgp-advertisements[${first}]` }] : [];
    const communities = (advertisement.communities ?? []).flatMap((text, k, all) =>
      advertisedCommunityProblems(
        { text, path: `${path}.communities[${k}]`, isRepeated: all.indexOf(text) < k },
        known,
      ),
    );
    return [...repeats, ...lengthProblems(advertisement, { path, ranges: pool.ranges }), ...communities];
  });
}

const LENGTHS = [
  { field: 'aggregation-length', family: 4, width: 32 },
  { field: 'aggregation-length-v6', family: 6, width: 128 },
] as const;

type Place = { readonly path: string; readonly ranges: readonly PoolRange[] };

function lengthProblems(advertisement: BgpAdvertisementDocument, { path, ranges }: Place): Problem[] {
  return LENGTHS.flatMap(({ field, family, width }): Problem[] => {
    const length = advertisement[field];
    if (length === undefined) return [];
    if (length < 0 || length > width) {
      return [{ path: `${path}.${field}`, message: `is ${length}, wanted 0 to ${width}` }];
    }
    const narrow = ranges.find((range) => prefixOf(range, family, width) > length);
    if (!narrow) return [];
    const message = `is ${length}, which is less specific than ${narrow.path}, wanted at least ${prefixOf(narrow, family, width)}`;
    return [{ path: `${path}.${field}`, message }];
  });
}

/** The prefix length of the smallest network that holds the whole range; 0 for the other family. */
function prefixOf({ range }: PoolRange, family: Family, width: number): number {
  if (range.family !== family) return 0;
  const difference = range.first ^ range.last;
  return width - (difference === 0n ? 0 : difference.toString(2).length);
}

function communityProblems(document: BgpDocument): Problem[] {
  return Object.entries(document['bgp-communities'] ?? {}).flatMap(([name, text]) => {
    return isCommunity(text) ? [] : [{ path: `bgp-communities.${name}`, message: notACommunity(text) }];
  });
}

type Mention = { readonly text: string; readonly path: string; readonly isRepeated: boolean };

function advertisedCommunityProblems({ text, path, isRepeated }: Mention, known: readonly string[]): Problem[] {
  if (isRepeated) return [{ path, message: `"${text}" stands twice` }];
  if (known.includes(text) || isCommunity(text)) return [];
  const message = text.includes(':') ? notACommunity(text) : `unknown community "${text}"${suggestion(text, known)}`;
  return [{ path, message }];
}

/** Two numbers of 16 bits (RFC 1997). */
function isCommunity(text: string): boolean {
  return /^\d{1,5}:\d{1,5}$/.test(text) && text.split(':').every((half) => Number(half) <= 65_535);
}

function notACommunity(text: string): string {
  return `"${text}" is not a community, wanted two numbers up to 65535 with a colon between`;
}
