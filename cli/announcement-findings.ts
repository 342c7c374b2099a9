// Who announces an address of a Service and why that node, or why nobody does, in the reasons of the speakers' metrics. Pure.
import { isAdvertised } from '#core/advertisement.ts';
import { describeConflict } from '#core/conflict.ts';
import { formatIp, type Ip, isSameIp } from '#core/ip.ts';
import { poolOf } from '#core/pool.ts';
import { nameSome } from '#core/rules/pool-rules.ts';
import type { Service } from '#core/service.ts';
import { unionOfIfaces } from '#speaker/candidates.ts';
import type { PlanReason } from '#speaker/plan.ts';
import { announcersOf, believedAnnouncements, holdersOf, planOf, speakersOf } from './announcing.ts';
import { advertisementsOf, passedOver } from './candidates.ts';
import { type Finding, quote } from './finding.ts';
import type { Snapshot } from './snapshot.ts';
import type { Told } from './told.ts';

export type Announcing = {
  readonly address: string;
  /** By the plan; absent where nobody can. */
  readonly owner?: string;
  /** Who takes over from the owner. */
  readonly heir?: string;
  /** Those that are to be believed. */
  readonly announcers: readonly Announcer[];
};

export type Announcer = {
  readonly node: string;
  readonly since: string | undefined;
  /** Empty: all suitable ones. */
  readonly interfaces: readonly string[];
};

export function announcingOf(snapshot: Snapshot, service: Service, ip: Ip): Announcing {
  const speakers = speakersOf(snapshot);
  const services = holdersOf(snapshot, ip);
  const owner = planOf(snapshot, { ip, services, speakers })?.owner;
  const others = new Set(Array.from(speakers).filter((node) => node !== owner));
  const heir = owner === undefined ? undefined : planOf(snapshot, { ip, services, speakers: others })?.owner;
  const announcements = believedAnnouncements(snapshot);
  const announcers = announcersOf({ announcements }, service, ip).map(({ node, since, ifaces = [] }) => {
    return { node, since, interfaces: ifaces };
  });
  return {
    address: formatIp(ip),
    ...(owner === undefined ? {} : { owner }),
    ...(heir === undefined ? {} : { heir }),
    announcers,
  };
}

/** Somebody should announce it, and no object that is to be believed says who does: then the speakers themselves are asked. */
export function isSilent(snapshot: Snapshot, service: Service, ip: Ip): boolean {
  const { owner, announcers } = announcingOf(snapshot, service, ip);
  return owner !== undefined && announcers.length === 0 && !isTaken(snapshot, ip);
}

/** `told` is by node; a speaker that could not be asked is absent. */
export function announcementFindings(snapshot: Snapshot, service: Service, told: ReadonlyMap<string, Told>): Finding[] {
  return service.held.flatMap((ip) => addressFindings({ snapshot, service, ip, told }));
}

type Case = {
  readonly snapshot: Snapshot;
  readonly service: Service;
  readonly ip: Ip;
  readonly told: ReadonlyMap<string, Told>;
};

function addressFindings(one: Case): Finding[] {
  const { snapshot, service, ip } = one;
  const announcing = announcingOf(snapshot, service, ip);
  const own = planOf(snapshot, { ip, services: [service], speakers: speakersOf(snapshot) });
  if (own && own.owner === undefined) {
    const shared = announcing.owner === undefined ? '' : '; the address is announced for other Services on it';
    return [{ level: 'error', reason: own.reason, message: `${formatIp(ip)}: ${whyNobody(one, own.reason)}${shared}` }];
  }
  return [...conflictFindings(one, announcing.announcers.length > 0), ...ownerFindings(one, announcing)];
}

function whyNobody({ snapshot, service, ip }: Case, reason: PlanReason): string {
  if (reason === 'notAdvertised') return whyNotAdvertised(snapshot, ip);
  if (reason === 'noEndpoints') return whyNoEndpoints(snapshot, service);
  if (reason === 'ipNotAllowed') return 'is in no pool, so nobody announces it';
  return `no node can announce it: ${passedOver(snapshot, service, ip) || 'the cluster has no node'}`;
}

function whyNotAdvertised({ configuration }: Snapshot, ip: Ip): string {
  const { pools, advertisements } = configuration.config;
  const pool = poolOf(pools, ip);
  const selecting = pool ? advertisements.filter((one) => isAdvertised(one, pool)) : [];
  if (selecting.length === 0) return `no L2Advertisement selects pool "${pool?.name}"`;
  return `L2Advertisement ${quote(selecting.map(({ name }) => name))} selects the pool, but not this Service`;
}

function whyNoEndpoints({ endpoints }: Snapshot, { key, selector, trafficPolicy }: Service): string {
  const total = endpoints.get(key) ?? 0;
  const labels = Object.entries(selector).map(([name, value]) => `${name}=${value}`);
  const pods = labels.length === 0 ? 'no endpoint is set by hand' : `no Pod matches ${labels.join(',')}`;
  const what = total === 0 ? pods : `none of its ${total} endpoints is ready`;
  return `nobody announces it while ${what}${trafficPolicy === 'Local' ? ' (externalTrafficPolicy is Local)' : ''}`;
}

function isTaken({ conflicts }: Snapshot, ip: Ip): boolean {
  return conflicts.some((conflict) => isSameIp(conflict.ip, ip) && !conflict.announced);
}

/** A report stands for some minutes after the stranger was heard last. */
function conflictFindings({ snapshot, ip }: Case, isAnnounced: boolean): Finding[] {
  const found = snapshot.conflicts.filter((conflict) => isSameIp(conflict.ip, ip));
  return found.map((conflict) => {
    const isHeld = conflict.announced || isAnnounced;
    const outcome = isHeld ? 'it is announced all the same' : 'it is not announced';
    const message = `${formatIp(ip)}: ${describeConflict(conflict)}: ${outcome}`;
    return { level: isHeld ? 'warning' : 'error', reason: 'addressConflict', message };
  });
}

function ownerFindings(one: Case, { address, owner, heir, announcers }: Announcing): Finding[] {
  const nodes = announcers.map(({ node }) => node);
  const told = `${address}: ${nameSome(nodes)} announces it`;
  if (owner === undefined) return nodes.length === 0 ? [] : [{ level: 'info', reason: 'announce', message: told }];
  if (nodes.length === 0) return isTaken(one.snapshot, one.ip) ? [] : [silenceFinding(one, owner)];
  const isByRank = nodes.length === 1 && nodes[0] === owner;
  const next = heir === undefined ? 'no other node can' : `${heir} is next`;
  const why = isByRank
    ? `first by rank; ${next}`
    : `${owner} would by rank: a fresh death, links, an uplink, fencing or sticky owners say otherwise`;
  const over = passedOver(one.snapshot, one.service, one.ip);
  const message = `${told}, ${why}${over && `; passed over: ${over}`}`;
  return [{ level: 'info', reason: 'announce', message }];
}

/** What speakers tell of all their addresses, where it can be about this one. */
const SILENT = ['addressConflict', 'noInterface'] as const;

function silenceFinding(one: Case, owner: string): Finding {
  const { snapshot, told, service, ip } = one;
  const text = formatIp(ip);
  const speakers = Array.from(told.values());
  const announcer = Array.from(told).find(([, { announced }]) => announced.has(text))?.[0];
  if (announcer !== undefined)
    return { level: 'info', reason: 'announce', message: `${text}: ${announcer} announces it, by its own metrics` };
  if (speakers.some(hasReason('probing')))
    return { level: 'warning', reason: 'probing', message: `${text}: is asked about on the wire before its first use` };
  // The larger side, if there is one, may be out of our reach too.
  if (told.size > 0 && speakers.every(hasReason('fenced')))
    return { level: 'error', reason: 'fenced', message: `${text}: ${whyFenced(told)}` };
  const areAllAsked = told.size > 0 && told.size === speakersOf(snapshot).size;
  const reason = areAllAsked ? SILENT.find((name) => speakers.every(hasReason(name))) : undefined;
  // Nobody that is to be believed announces it, so these wrote it without a ready speaker.
  const past = announcersOf(snapshot, service, ip).map(({ node }) => node);
  const last = past.length === 0 ? '' : `; ${nameSome(past)} announced it last, without a ready speaker now`;
  if (reason === 'noInterface') return { level: 'error', reason, message: `${text}: ${whyNoInterface(one)}${last}` };
  if (told.size === 0 && snapshot.unread.has('statuses'))
    return {
      level: 'info',
      reason: 'unknown',
      message: `${text}: ${owner} should announce it, if its speaker is ready`,
    };
  const asked = told.size === 0 ? ' (the speakers could not be asked)' : '';
  const message = `${text}: ${owner} should announce it, and nothing says that it does${asked}${last}`;
  // Who could not be asked may have taken it over already.
  const isSure = past.length === 0 || areAllAsked;
  return { level: isSure ? 'error' : 'warning', reason: reason ?? 'notAnnounced', message };
}

function whyFenced(told: ReadonlyMap<string, Told>): string {
  const nodes = nameSome([...told.keys()]);
  return `the speakers of ${nodes} hear no majority of the speakers and stay silent (FENCING is majority): check the network between the nodes`;
}

function hasReason(reason: string): (told: Told) => boolean {
  return ({ reasons }) => (reasons.get(reason) ?? 0) > 0;
}

function whyNoInterface({ snapshot, service, ip }: Case): string {
  const advertisements = advertisementsOf(snapshot, service, ip);
  const ifaces = unionOfIfaces(advertisements);
  if (!ifaces) return 'no node has a suitable interface with carrier in its subnet';
  const names = quote(advertisements.map(({ name }) => name));
  return `no node has a suitable interface ${quote(ifaces)} (missing, down or excluded), and L2Advertisement ${names} wants one`;
}
