// The allocator: the whole world in, one decision for each Service out (design section 3).
// Holders keep their addresses first, then Services that ask for another one, then waiting ones by age and key.
import type { Config } from '#core/config.ts';
import { type AddressConflict, describeConflict } from '#core/conflict.ts';
import { compareIps, formatIp, type Ip } from '#core/ip.ts';
import type { Labels } from '#core/labels.ts';
import { poolOf } from '#core/pool.ts';
import type { Reason } from '#core/problem.ts';
import { readRequest } from '#core/request.ts';
import { judgeAddress } from '#core/rules/service-rules.ts';
import type { Service } from '#core/service.ts';
import { type Choice, chooseAdditional, chooseAddresses } from './choose.ts';
import { conflictsByAddress, Ledger } from './ledger.ts';
import { addressText, joinSentences } from './message.ts';
import { type Settled, settledOn } from './settled.ts';

export type AllocationWorld = {
  readonly config: Config;
  /** Services that are ours, in any order. */
  readonly services: readonly Service[];
  /** Services not to be judged that show addresses, of other implementations for example: never given away twice. */
  readonly others: readonly Service[];
  readonly namespaces: ReadonlyMap<string, Labels>;
  readonly nodeIps: readonly Ip[];
  /** Strangers heard on the wire, those not expired yet. */
  readonly conflicts: readonly AddressConflict[];
};

/** What a Service should have, and why; `satisfied` is false while it waits or keeps less than it asked for. */
export type Decision = {
  readonly service: Service;
  readonly ips: readonly Ip[];
  readonly pool?: string;
  readonly satisfied: boolean;
  readonly reason: Reason;
  readonly message: string;
};

const HELD_PATH = 'status.loadBalancer.ingress';

/** The same world gives the same decisions, whatever the order of its Services. */
export function allocate(world: AllocationWorld): Decision[] {
  const ledger = new Ledger(world, conflictsByAddress(world.conflicts));
  const services = [...world.services].sort(compareAge);
  const settled = settledOn(world);
  placeHolders(services, ledger, settled);
  for (const other of world.others) ledger.place(other, other.held);

  const choices = new Map<string, Choice>();
  const isAtRest = (service: Service) => settled.get(service)?.ips === ledger.placedOf(service);
  const holders = services.filter((service) => ledger.placedOf(service).length > 0 && !isAtRest(service));
  moveHolders(holders, ledger, choices);
  for (const service of services) {
    if (ledger.placedOf(service).length > 0) continue;
    const choice = chooseAddresses(service, ledger);
    choices.set(service.key, choice);
    if (choice.ok) ledger.place(service, choice.ips);
  }
  return services.map((service) => {
    const known = settled.get(service);
    if (known && isAtRest(service)) return known;
    const choice = choices.get(service.key);
    const decision = decide(service, ledger, choice);
    if (!choice && decision.ips === service.held) settled.set(service, decision);
    return decision;
  });
}

function compareAge(a: Service, b: Service): number {
  return a.created - b.created || (a.key < b.key ? -1 : Number(a.key !== b.key));
}

/** An address is kept while its pool offers it and nobody before is in the way. */
function placeHolders(services: readonly Service[], ledger: Ledger, settled: Settled): void {
  // Neither a new wish nor a Node that took the address makes a held one bad.
  const world = { ...ledger.world, nodeIps: [] };
  // Those of longest standing first: when two show one address, it stays with who had it before.
  const holders = services.filter(({ held }) => held.length > 0).sort((a, b) => a.allocatedAt - b.allocatedAt);
  for (const service of holders) {
    if (settled.has(service) && service.held.every((ip) => ledger.world.occupancy.admits(service, ip))) {
      ledger.place(service, service.held);
      continue;
    }
    const holder = withoutWish(service);
    const isGood = (ip: Ip) =>
      judgeAddress(holder, { ip, path: HELD_PATH }, world).length === 0 &&
      !(service.requests.length === 0 && ledger.isQuarantined(ip));
    const good = service.held.filter(isGood);
    const kept = keepFamilies(service, good);
    if (kept.length > 0) ledger.place(service, kept.length < service.held.length ? kept : service.held);
  }
}

function withoutWish(service: Service): Service {
  if (!service.requestedPool) return service;
  const { requestedPool: _, ...rest } = service;
  return rest;
}

/** At most one address for each family the Service has; with SingleStack the first of them. */
function keepFamilies(service: Service, ips: readonly Ip[]): readonly Ip[] {
  const [only] = ips;
  if (only && ips.length === 1 && service.families[0] === only.family) return ips;
  const families = service.familyPolicy === 'SingleStack' ? service.families.slice(0, 1) : service.families;
  const known = ips.filter((ip) => families.length === 0 || families.includes(ip.family));
  return known.filter((ip, i) => known.findIndex((other) => other.family === ip.family) === i);
}

/** Moves free addresses that other moves wait for, so they repeat until nothing changes. */
function moveHolders(holders: readonly Service[], ledger: Ledger, choices: Map<string, Choice>): void {
  let waiting = holders.filter((service) => isUnmet(service, ledger));
  for (let moved = true; moved; ) {
    moved = waiting.filter((service) => tryMove(service, ledger, choices)).length > 0;
    // Who moved may still lack a family that a later move frees.
    waiting = waiting.filter((service) => isUnmet(service, ledger));
  }
}

/** True when the addresses it has are not what it asks for. */
function isUnmet(service: Service, ledger: Ledger): boolean {
  const placed = ledger.placedOf(service);
  const { requested, problems } = readRequest(service);
  if (problems.length > 0) return true;
  if (requested.length > 0)
    return !isSameAddresses(
      requested.map(({ ip }) => ip),
      placed,
    );
  const [first] = placed;
  if (first && service.requestedPool && poolOf(ledger.world.config.pools, first)?.name !== service.requestedPool.text)
    return true;
  return service.familyPolicy !== 'SingleStack' && placed.length < service.families.length;
}

/** True when its addresses changed. */
function tryMove(service: Service, ledger: Ledger, choices: Map<string, Choice>): boolean {
  const choice = lacksFamilyOnly(service, ledger)
    ? completeFamilies(service, ledger)
    : chooseAddresses(service, ledger);
  choices.set(service.key, choice);
  if (!choice.ok || isSameAddresses(choice.ips, ledger.placedOf(service))) return false;
  ledger.place(service, choice.ips);
  return true;
}

function lacksFamilyOnly(service: Service, ledger: Ledger): boolean {
  const [first] = ledger.placedOf(service);
  if (!first || service.requests.length > 0) return false;
  return !service.requestedPool || poolOf(ledger.world.config.pools, first)?.name === service.requestedPool.text;
}

/** PreferDualStack is content with what it has. */
function completeFamilies(service: Service, ledger: Ledger): Choice {
  const placed = ledger.placedOf(service);
  const [first] = placed;
  const extra: Choice = first ? chooseAdditional(service, first, ledger) : { ok: true, ips: [] };
  if (extra.ok) return { ok: true, ips: [...placed, ...extra.ips].sort(inFamilyOrder(service)) };
  return service.familyPolicy === 'RequireDualStack' ? extra : { ok: true, ips: placed };
}

function inFamilyOrder({ families }: Service): (a: Ip, b: Ip) => number {
  return (a, b) => families.indexOf(a.family) - families.indexOf(b.family);
}

function isSameAddresses(a: readonly Ip[], b: readonly Ip[]): boolean {
  const text = (ips: readonly Ip[]) => [...ips].sort(compareIps).map(formatIp).join();
  return text(a) === text(b);
}

function decide(service: Service, ledger: Ledger, choice: Choice | undefined): Decision {
  const ips = ledger.placedOf(service);
  const [first] = ips;
  const pool = first && poolOf(ledger.world.config.pools, first)?.name;
  const place = { service, ips, ...(pool === undefined ? {} : { pool }) };
  if (choice && !choice.ok) {
    const message = joinSentences(choice.messages, first && `keeps ${addressText(ips)}`);
    return { ...place, satisfied: false, reason: choice.reason, message };
  }
  const told = `${addressText(ips)} from pool "${pool}"`;
  const strangers = ledger.conflictsOn(ips);
  const message = strangers.length === 0 ? told : joinSentences([told, ...strangers.map(describeConflict)]);
  return { ...place, satisfied: true, reason: 'Allocated', message };
}
