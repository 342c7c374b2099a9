// The places of a lab and everything named after them: addresses, network namespaces, cluster ranges.
import { LabFailure, quoteAll } from './failure.ts';

export type Place = {
  readonly name: string;
  readonly ipv4: string;
  readonly ipv6: string;
  readonly mac: string;
  readonly isNode: boolean;
};

export const lan = { ipv4: '192.168.1.0/24', ipv6: 'fd00:1::/64', gateway4: '192.168.1.1', gateway6: 'fd00:1::1' };
export const cluster = {
  services: '10.96.0.0/16,fd00:96::/112',
  apiService: '10.96.0.1',
  pods: '10.244.0.0/16,fd00:244::/56',
};
export const defaultName = 'lab';
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

function place(name: string, host: number): Place {
  const hex = host.toString(16).padStart(2, '0');
  return {
    name,
    ipv4: `192.168.1.${host}`,
    ipv6: `fd00:1::${host}`,
    mac: `02:a0:00:00:00:${hex}`,
    isNode: name.startsWith('node'),
  };
}

export const control = place('control', 2);
export const client = place('client', 100);

export function nodePlace(number: number): Place {
  // Hosts .11 to .99 lie below the client's .100.
  return place(`node${number}`, 10 + number);
}

export function nodePlaces(count: number): Place[] {
  return Array.from({ length: count }, (_, index) => nodePlace(index + 1));
}

export function placesOf(count: number): Place[] {
  return [control, ...nodePlaces(count), client];
}

export function findPlace(name: string, count: number): Place {
  const places = placesOf(count);
  const found = places.find((candidate) => candidate.name === name);
  if (found) return found;
  throw new LabFailure(`Cannot find place: "${name}", wanted one of ${quoteAll(places.map((p) => p.name))}`);
}

export function findNode(name: string, count: number): Place {
  const nodes = nodePlaces(count);
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
