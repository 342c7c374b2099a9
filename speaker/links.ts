// The links of this network namespace as /sys/class/net shows them, its routes as /proc/net does, and a signal when links or
// their addresses change (route netlink).
import { readdirSync, readFileSync } from 'node:fs';
import { parseMac } from '#core/mac.ts';
import { isExcluded, type LinkFacts } from './iface.ts';
import { loadAddon } from './native/addon.ts';
import { parseRoutes, parseRoutes6, type Route } from './routes.ts';

const FOLDER = '/sys/class/net';

/** Excluded links are not even read: a node may have hundreds of them. */
export function readLinks(excludes: readonly RegExp[]): LinkFacts[] {
  const names = readdirSync(FOLDER).filter((name) => !isExcluded(name, excludes));
  return names.map(readLink).filter((link) => link !== undefined);
}

/** The main table, also routes whose link has no carrier. */
export function readRoutes(): Route[] {
  return [...parseRoutes(readTable('/proc/net/route')), ...parseRoutes6(readTable('/proc/net/ipv6_route'))];
}

/** Whether there is a link of this index; it is looked for under its last name first. */
export function hasLink({ index, name }: Pick<LinkFacts, 'index' | 'name'>): boolean {
  const isIt = (one: string) => readFact(one, 'ifindex') === String(index);
  return isIt(name) || readdirSync(FOLDER).some(isIt);
}

/** Calls back once per batch of events, until closed. */
export function openLinkMonitor(onChange: () => void): { close(): void } {
  const addon = loadAddon();
  const handle = addon.openLinkMonitor(onChange);
  return { close: () => addon.close(handle) };
}

/** Empty in a kernel without the family. */
function readTable(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function readLink(name: string): LinkFacts | undefined {
  const index = Number(readFact(name, 'ifindex'));
  // Gone between the listing and now, or a file that is no link (bonding_masters).
  if (!(index > 0)) return undefined;
  return {
    name,
    index,
    flags: Number(readFact(name, 'flags')),
    type: Number(readFact(name, 'type')),
    carrier: readFact(name, 'carrier') === '1',
    mac: parseMac(readFact(name, 'address') ?? ''),
    master: readMaster(name),
  };
}

function readMaster(name: string): string | undefined {
  const uevent = readFact(name, 'master/uevent');
  if (uevent === undefined) return undefined;
  return /^DEVTYPE=(.*)$/m.exec(uevent)?.[1] ?? 'unknown';
}

/** Undefined where the kernel has no answer (the carrier of a link that is down reads as EINVAL). */
function readFact(name: string, fact: string): string | undefined {
  try {
    return readFileSync(`${FOLDER}/${name}/${fact}`, 'latin1').trim();
  } catch {
    return undefined;
  }
}
