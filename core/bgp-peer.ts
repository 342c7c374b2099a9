// BGP peers and BFD profiles of the ConfigMap: parsed and checked in full, and not used yet (reference 1.6, 1.8).

import { parseIp } from '#core/ip.ts';
import { type LabelSelectorObject, type Labels, parseSelector } from '#core/labels.ts';
import type { Problem } from '#core/problem.ts';
import { stableText } from '#core/stable-text.ts';
import { suggestion } from '#core/suggest.ts';

export type PeerDocument = {
  readonly 'my-asn'?: number;
  readonly 'peer-asn'?: number;
  readonly 'peer-address'?: string;
  readonly 'source-address'?: string;
  readonly 'hold-time'?: string;
  readonly 'keepalive-time'?: string;
  readonly 'router-id'?: string;
  readonly 'node-selectors'?: readonly SelectorDocument[];
  readonly 'bfd-profile'?: string;
  readonly 'ebgp-multihop'?: boolean;
};

type SelectorDocument = {
  readonly 'match-labels'?: Labels;
  readonly 'match-expressions'?: NonNullable<LabelSelectorObject['matchExpressions']>;
};

export type BfdProfileDocument = { readonly name?: string; readonly [field: string]: unknown };

/** Bounds of the numbers in a BFD profile: milliseconds, packets, hops. */
const BFD_BOUNDS = {
  'receive-interval': [10, 60_000],
  'transmit-interval': [10, 60_000],
  'detect-multiplier': [2, 255],
  'echo-interval': [10, 60_000],
  'minimum-ttl': [1, 254],
} as const;

const HOLD_LEAST_MS = 3_000;
const HOLD_DEFAULT_MS = 90_000;
const UNIT_MS: { readonly [unit: string]: number } = {
  h: 3_600_000,
  m: 60_000,
  s: 1_000,
  ms: 1,
  us: 1e-3,
  µs: 1e-3,
  ns: 1e-6,
};

export function peerProblems(peers: readonly PeerDocument[], profiles: readonly string[]): Problem[] {
  const seen = new Map<string, string>();
  return peers.flatMap((peer, i) => {
    const path = `peers[${i}]`;
    const text = stableText(peer);
    const twin = seen.get(text);
    seen.set(text, twin ?? path);
    return [
      ...(twin === undefined ? [] : [{ path, message: `repeats ${twin}` }]),
      ...numberProblems(peer, path),
      ...addressProblems(peer, path),
      ...timeProblems(peer, path),
      ...selectorProblems(peer, path),
      ...profileProblems(peer, path, profiles),
    ];
  });
}

export function bfdProblems(profiles: readonly BfdProfileDocument[]): Problem[] {
  const names = profiles.map(({ name }) => name);
  return profiles.flatMap((profile, i) => {
    const path = `bfd-profiles[${i}]`;
    const { name } = profile;
    const problems: Problem[] = [];
    if (!name) problems.push({ path: `${path}.name`, message: 'missing profile name' });
    else if (names.indexOf(name) < i) problems.push({ path: `${path}.name`, message: `"${name}" stands twice` });
    for (const [field, [least, most]] of Object.entries(BFD_BOUNDS)) {
      const value = profile[field];
      if (typeof value !== 'number' || (value >= least && value <= most)) continue;
      problems.push({ path: `${path}.${field}`, message: `is ${value}, wanted ${least} to ${most}` });
    }
    return problems;
  });
}

function numberProblems(peer: PeerDocument, path: string): Problem[] {
  const problems: Problem[] = [];
  if (!peer['my-asn']) problems.push({ path: `${path}.my-asn`, message: 'missing local ASN' });
  if (!peer['peer-asn']) problems.push({ path: `${path}.peer-asn`, message: 'missing peer ASN' });
  if (peer['ebgp-multihop'] && peer['my-asn'] && peer['my-asn'] === peer['peer-asn']) {
    const message = `stands on a peer of the same ASN ${peer['my-asn']}, wanted another ASN`;
    problems.push({ path: `${path}.ebgp-multihop`, message });
  }
  return problems;
}

function addressProblems(peer: PeerDocument, path: string): Problem[] {
  const invalid = (field: 'peer-address' | 'source-address' | 'router-id', what: string): Problem[] => {
    const text = peer[field] ?? '';
    if (parseIp(text) || (text === '' && field !== 'peer-address')) return [];
    return [{ path: `${path}.${field}`, message: `invalid ${what} "${text}"` }];
  };
  return [
    ...invalid('peer-address', 'peer IP'),
    ...invalid('source-address', 'source IP'),
    ...invalid('router-id', 'router ID'),
  ];
}

function timeProblems(peer: PeerDocument, path: string): Problem[] {
  const problems: Problem[] = [];
  const read = (field: 'hold-time' | 'keepalive-time') => {
    const text = peer[field];
    if (text === undefined) return undefined;
    const value = parseDuration(text);
    if (value === undefined) {
      problems.push({ path: `${path}.${field}`, message: `"${text}" is not a duration, wanted one like "90s"` });
    }
    return value;
  };
  const hold = Math.trunc((read('hold-time') ?? HOLD_DEFAULT_MS) / 1_000) * 1_000;
  const keepalive = read('keepalive-time');
  if (hold !== 0 && hold < HOLD_LEAST_MS) {
    problems.push({ path: `${path}.hold-time`, message: `is "${peer['hold-time']}", wanted 0 or at least 3s` });
  }
  if (keepalive !== undefined && keepalive > hold) {
    const message = `is "${peer['keepalive-time']}", wanted at most the hold time "${peer['hold-time'] ?? '90s'}"`;
    problems.push({ path: `${path}.keepalive-time`, message });
  }
  return problems;
}

/** Milliseconds of a Go duration: `90s`, `1m30s`, `1.5h`, `0`. */
function parseDuration(text: string): number | undefined {
  if (/^[+-]?0$/.test(text)) return 0;
  const parts = Array.from(text.matchAll(/(\d+\.?\d*|\.\d+)(h|ms|m|s|us|µs|ns)/g));
  const isWhole = parts.length > 0 && parts.map(([part]) => part).join('') === text.replace(/^\+/, '');
  return isWhole
    ? parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (UNIT_MS[unit] ?? 0), 0)
    : undefined;
}

function selectorProblems(peer: PeerDocument, path: string): Problem[] {
  return (peer['node-selectors'] ?? []).flatMap((document, i) => {
    const { 'match-labels': matchLabels = {}, 'match-expressions': matchExpressions = [] } = document;
    const { problems } = parseSelector({ matchLabels, matchExpressions }, `${path}.node-selectors[${i}]`);
    const inYaml = (text: string) =>
      text.replace('.matchLabels', '.match-labels').replace('.matchExpressions', '.match-expressions');
    return problems.map((problem) => ({ ...problem, path: inYaml(problem.path) }));
  });
}

function profileProblems(peer: PeerDocument, path: string, profiles: readonly string[]): Problem[] {
  const name = peer['bfd-profile'];
  if (!name || profiles.includes(name)) return [];
  return [{ path: `${path}.bfd-profile`, message: `unknown profile "${name}"${suggestion(name, profiles)}` }];
}
