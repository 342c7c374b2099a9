// The places of a lab and everything named after them: addresses, network namespaces, cluster ranges.
import { LabFailure, quoteAll } from './failure.ts';

export type Port = { readonly ipv4: string; readonly ipv6: string; readonly mac: string };
/** A place by its port on the LAN. */
export type Place = Port & {
  readonly name: string;
  readonly isNode: boolean;
  /** Its port on the management network, where it has one. */
  readonly mgmt?: Port;
};
/** What places there are. */
export type Layout = { readonly nodes: number; readonly mgmt: boolean };

export const lan = { ipv4: '192.168.1.0/24', ipv6: 'fd00:1::/64', gateway4: '192.168.1.1', gateway6: 'fd00:1::1' };
export const cluster = {
  services: '10.96.0.0/16,fd00:96::/112',
  apiService: '10.96.0.1',
  pods: '10.244.0.0/16,fd00:244::/56',
};
export const defaultName = 'lab';
export const controlName = 'control';
const mostNodes = 80;

export function parseLabName(text: string): string {
  if (/^[a-z][a-z0-9]{0,14}$/.test(text)) return text;
  throw new LabFailure(`Cannot use lab name: "${text}", wanted up to 15 lower-case letters and digits, a letter first`);
}

export function parseNodeCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= mostNodes) return count;
  throw new LabFailure(`Cannot start lab: "${text}" nodes, wanted a number from 1 to ${mostNodes}`);
}

function place(name: string, host: number, mgmt = false): Place {
  const isNode = name.startsWith('node');
  return { name, isNode, ...portOn(1, host), ...(mgmt ? { mgmt: portOn(2, host) } : {}) };
}

/** Network 1 is the LAN, 2 the management network. */
function portOn(network: 1 | 2, host: number): Port {
  const hex = host.toString(16).padStart(2, '0');
  const mac = `02:a0:00:00:0${network - 1}:${hex}`;
  return { ipv4: `192.168.${network}.${host}`, ipv6: `fd00:${network}::${host}`, mac };
}

export const client = place('client', 100);

/** A machine on the LAN that is no part of the cluster. */
export function guestPlace(name: string, host: number): Place {
  return place(name, host);
}

export function controlPlace({ mgmt }: Layout): Place {
  return place(controlName, 2, mgmt);
}

export function nodePlaces({ nodes, mgmt }: Layout): Place[] {
  // Hosts .11 to .99 lie below the client's .100.
  return Array.from({ length: nodes }, (_, index) => place(`node${index + 1}`, 11 + index, mgmt));
}

export function placesOf(layout: Layout): Place[] {
  return [controlPlace(layout), ...nodePlaces(layout), client];
}

/** Where the cluster reaches a place: what a Node calls its InternalIP. */
export function internalOf(found: Place): Port {
  return found.mgmt ?? found;
}

export function findPlace(name: string, layout: Layout): Place {
  const places = placesOf(layout);
  const found = places.find((candidate) => candidate.name === name);
  if (found) return found;
  throw new LabFailure(`Cannot find place: "${name}", wanted one of ${quoteAll(places.map((p) => p.name))}`);
}

export function findNode(name: string, layout: Layout): Place {
  const nodes = nodePlaces(layout);
  const found = nodes.find((candidate) => candidate.name === name);
  if (found) return found;
  throw new LabFailure(`Cannot find node: "${name}", wanted one of ${quoteAll(nodes.map((p) => p.name))}`);
}

export function namespacePrefix(lab: string): string {
  return `arp-${lab}-`;
}

export function namespaceOf(lab: string, placeName: string): string {
  return `${namespacePrefix(lab)}${placeName}`;
}

export function namespacePath(lab: string, placeName: string): string {
  return `/run/netns/${namespaceOf(lab, placeName)}`;
}
