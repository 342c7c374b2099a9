// From the world as this node sees it to a decision per address: who owns it, and why this node announces it or not.
import { type Advertisement, advertisementsFor, includesNode } from '#core/advertisement.ts';
import type { Config } from '#core/config.ts';
import { formatIp, type Ip } from '#core/ip.ts';
import { isSelected } from '#core/labels.ts';
import type { Node } from '#core/node.ts';
import { poolOf } from '#core/pool.ts';
import type { Service } from '#core/service.ts';
import { type Candidate, electOwner } from './elect.ts';
import type { Standing } from './heartbeat/standing.ts';
import { leastObjectionable, type Objections, objectionsTo, objectionTo } from './objections.ts';
import { isFit } from './world.ts';

export type World = {
  readonly self: string;
  /** Ours by type and class. */
  readonly services: readonly Service[];
  readonly config: Config;
  readonly nodes: ReadonlyMap<string, Node>;
  /** Nodes whose speaker lives and can announce, this one included when it can. */
  readonly speakers: ReadonlySet<string>;
  /** By Service; absent where no endpoint can serve. */
  readonly servingNodes: ReadonlyMap<string, ReadonlySet<string>>;
  /** Of live speakers; nothing speaks against a node that is absent. */
  readonly standings?: ReadonlyMap<string, Standing>;
  /** Too few speakers are heard: the others may be on the side that announces. */
  readonly isFenced?: boolean;
};

export type PlanReason =
  | 'announce'
  | 'notOwner'
  /** This node is on the smaller side of a partition. */
  | 'fenced'
  /** This node drains, and another can announce. */
  | 'draining'
  /** The gateway does not answer this node, but another one, which can announce. */
  | 'uplinkDown'
  /** No advertisement selects the pool and the Service. */
  | 'notAdvertised'
  /** Advertised, but by no node that could. */
  | 'noMatchingAdvertisement'
  | 'noEndpoints'
  | 'ipNotAllowed'
  /** Never used before: asked about on the wire first. */
  | 'probing'
  /** A stranger answered. */
  | 'addressConflict';

export type AddressPlan = {
  readonly ip: Ip;
  readonly text: string;
  readonly reason: PlanReason;
  readonly owner?: string;
  /** The Services that hold the address and qualify; all that hold it where none does. */
  readonly services: readonly string[];
  /** Present when this node announces on these interfaces only. */
  readonly ifaces?: readonly string[];
};

/** One Service's say about one address it holds. */
type Claim = {
  readonly service: string;
  readonly reason: PlanReason;
  readonly candidates: readonly Candidate[];
  readonly advertisements: readonly Advertisement[];
};

/** What is the same for all addresses. */
type Round = World & { readonly fit: readonly Node[]; readonly objections: Objections };

export function planAddresses(world: World): AddressPlan[] {
  const claims = new Map<string, { ip: Ip; claims: Claim[] }>();
  const round = { ...world, fit: fitSpeakers(world), objections: objectionsTo(world.standings ?? new Map()) };
  for (const service of world.services) {
    for (const ip of service.held) {
      const text = formatIp(ip);
      const known = claims.get(text) ?? { ip, claims: [] };
      known.claims.push(claimAddress(round, { service, ip }));
      claims.set(text, known);
    }
  }
  return Array.from(claims, ([text, entry]) => decide(round, { ip: entry.ip, text }, entry.claims));
}

function fitSpeakers({ nodes, speakers }: World): Node[] {
  return Array.from(speakers, (name) => nodes.get(name)).filter((node) => node !== undefined && isFit(node)) as Node[];
}

function claimAddress(world: Round, { service, ip }: { service: Service; ip: Ip }): Claim {
  const refuse = (reason: PlanReason) => ({ service: service.key, reason, candidates: [], advertisements: [] });
  const pool = poolOf(world.config.pools, ip);
  if (!pool) return refuse('ipNotAllowed');
  const advertisements = advertisementsFor(world.config.advertisements, pool, service.labels);
  if (advertisements.length === 0) return refuse('notAdvertised');
  const serving = world.servingNodes.get(service.key);
  if (!serving) return refuse('noEndpoints');
  const candidates = world.fit
    .filter((node) => service.trafficPolicy === 'Cluster' || serving.has(node.name))
    .map((node) => ({ node, by: advertisements.filter((advertisement) => includesNode(advertisement, node.labels)) }))
    .filter(({ by }) => by.length > 0)
    .map(({ node, by }) => ({ node: node.name, score: scoreOf(by, node) }));
  const reason = candidates.length === 0 ? 'noMatchingAdvertisement' : 'announce';
  return { service: service.key, reason, candidates, advertisements };
}

/** Weights of all preferences that match add up, over all advertisements that include the node. */
function scoreOf(advertisements: readonly Advertisement[], node: Node): number {
  const preferences = advertisements.flatMap((advertisement) => advertisement.preferences);
  return preferences.reduce((sum, { weight, selector }) => sum + (isSelected(selector, node.labels) ? weight : 0), 0);
}

function decide(world: Round, address: { ip: Ip; text: string }, claims: readonly Claim[]): AddressPlan {
  const good = claims.filter((claim) => claim.reason === 'announce');
  const services = (good.length > 0 ? good : claims).map((claim) => claim.service).sort();
  if (world.isFenced && good.length > 0) return { ...address, services, reason: 'fenced' };
  const owner = electOwner(leastObjectionable(mergeCandidates(good), world.objections), address.text);
  if (owner === undefined) return { ...address, services, reason: claims[0]?.reason ?? 'notAdvertised' };
  if (owner !== world.self) return { ...address, services, owner, reason: whyNot(world, owner, good) };
  const ifaces = chooseIfaces(world, good);
  return { ...address, services, owner, reason: 'announce', ...(ifaces ? { ifaces } : {}) };
}

/** Why this node stands behind the owner. */
function whyNot({ self, objections }: Round, owner: string, claims: readonly Claim[]): PlanReason {
  const isCandidate = claims.some(({ candidates }) => candidates.some(({ node }) => node === self));
  return (isCandidate && objectionTo(self, owner, objections)) || 'notOwner';
}

/** Candidates are per address: a node counts once, with the best score any Service gives it. */
function mergeCandidates(claims: readonly Claim[]): Candidate[] {
  if (claims.length === 1) return [...(claims[0]?.candidates ?? [])];
  const scores = new Map<string, number>();
  for (const { node, score } of claims.flatMap((claim) => claim.candidates)) {
    scores.set(node, Math.max(score, scores.get(node) ?? 0));
  }
  return Array.from(scores, ([node, score]) => ({ node, score }));
}

/** All interfaces as soon as one advertisement for this node names none. */
function chooseIfaces({ self, nodes }: World, claims: readonly Claim[]): string[] | undefined {
  const labels = nodes.get(self)?.labels ?? {};
  const ours = claims.flatMap((claim) => claim.advertisements).filter((one) => includesNode(one, labels));
  if (ours.some((advertisement) => advertisement.interfaces.length === 0)) return undefined;
  return [...new Set(ours.flatMap((advertisement) => advertisement.interfaces))].sort();
}
