// From the world as this node sees it to a decision per address: who owns it, and why this node announces it or not.
import { type Advertisement, advertisementsFor, includesNode } from '#core/advertisement.ts';
import type { Config } from '#core/config.ts';
import { formatIp, type Ip } from '#core/ip.ts';
import type { Node } from '#core/node.ts';
import { poolOf } from '#core/pool.ts';
import type { Service } from '#core/service.ts';
import { type Able, CandidateTable, unionOfIfaces } from './candidates.ts';
import { type Candidate, electOwner } from './elect.ts';
import type { Standing } from './heartbeat/standing.ts';
import { leastObjectionable, type Objections, objectionsTo, objectionTo } from './objections.ts';
import { type Holders, preferHolders } from './sticky.ts';
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
  /** With sticky owners: who holds what. */
  readonly holders?: Holders | undefined;
};

export type PlanReason =
  | 'announce'
  | 'notOwner'
  /** This node is on the smaller side of a partition. */
  | 'fenced'
  /** No link of this node (or, without an owner, of any) that the address may be announced on is in its subnet with carrier. */
  | 'noInterface'
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
  /** Nodes that would be candidates if their links allowed it. */
  readonly unable: readonly string[];
  readonly advertisements: readonly Advertisement[];
};

/** What is the same for all addresses. */
type Round = World & { readonly table: CandidateTable; readonly objections: Objections };

export function planAddresses(world: World): AddressPlan[] {
  const claims = new Map<string, { ip: Ip; claims: Claim[] }>();
  const standings = world.standings ?? new Map<string, Standing>();
  const table = new CandidateTable(fitSpeakers(world), standings);
  const round = { ...world, table, objections: objectionsTo(standings) };
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
  const none = { service: service.key, candidates: [], unable: [], advertisements: [] };
  const pool = poolOf(world.config.pools, ip);
  if (!pool) return { ...none, reason: 'ipNotAllowed' };
  const advertisements = advertisementsFor(world.config.advertisements, pool, service.labels);
  if (advertisements.length === 0) return { ...none, reason: 'notAdvertised' };
  const serving = world.servingNodes.get(service.key);
  if (!serving) return { ...none, reason: 'noEndpoints' };
  const able = world.table.of(advertisements, ip);
  const { candidates, unable } = service.trafficPolicy === 'Cluster' ? able : onlyServing(able, serving);
  return { service: service.key, reason: reasonOf(candidates, unable), candidates, unable, advertisements };
}

function onlyServing({ candidates, unable }: Able, serving: ReadonlySet<string>): Able {
  return {
    candidates: candidates.filter(({ node }) => serving.has(node)),
    unable: unable.filter((node) => serving.has(node)),
  };
}

function reasonOf(candidates: readonly Candidate[], unable: readonly string[]): PlanReason {
  if (candidates.length > 0) return 'announce';
  return unable.length > 0 ? 'noInterface' : 'noMatchingAdvertisement';
}

function decide(world: Round, address: { ip: Ip; text: string }, claims: readonly Claim[]): AddressPlan {
  const good = claims.filter((claim) => claim.reason === 'announce');
  const services = (good.length > 0 ? good : claims).map((claim) => claim.service).sort();
  if (world.isFenced && good.length > 0) return { ...address, services, reason: 'fenced' };
  const able = leastObjectionable(mergeCandidates(good), world.objections);
  const owner = electOwner(preferHolders(able, address.text, world.holders), address.text);
  if (owner === undefined) return { ...address, services, reason: claims[0]?.reason ?? 'notAdvertised' };
  if (owner !== world.self) return { ...address, services, owner, reason: whyNot(world, owner, good) };
  const ifaces = chooseIfaces(world, good);
  return { ...address, services, owner, reason: 'announce', ...(ifaces ? { ifaces } : {}) };
}

/** Why this node stands behind the owner. */
function whyNot({ self, speakers, objections }: Round, owner: string, claims: readonly Claim[]): PlanReason {
  const isCandidate = claims.some(({ candidates }) => candidates.some(({ node }) => node === self));
  if (isCandidate) return objectionTo(self, owner, objections) ?? 'notOwner';
  // A speaker that is not ready has no interface at all.
  return !speakers.has(self) || claims.some(({ unable }) => unable.includes(self)) ? 'noInterface' : 'notOwner';
}

/** Candidates are per address: a node counts once, with the best score any Service gives it. */
function mergeCandidates(claims: readonly Claim[]): readonly Candidate[] {
  if (claims.length === 1) return claims[0]?.candidates ?? [];
  const scores = new Map<string, number>();
  for (const { node, score } of claims.flatMap((claim) => claim.candidates)) {
    scores.set(node, Math.max(score, scores.get(node) ?? 0));
  }
  return Array.from(scores, ([node, score]) => ({ node, score }));
}

/** Those of the advertisements for this node. */
function chooseIfaces({ self, nodes }: World, claims: readonly Claim[]): string[] | undefined {
  const labels = nodes.get(self)?.labels ?? {};
  const ours = claims.flatMap((claim) => claim.advertisements).filter((one) => includesNode(one, labels));
  return unionOfIfaces(ours);
}
