// The interfaces that announce, and what the links of this node reach, kept current by events of links and their addresses.
import type { OnLinkPrefix } from './heartbeat/standing.ts';
import { type Iface, isSameIface, selectIfaces } from './iface.ts';
import { openLinkMonitor, readLinks, readRoutes } from './links.ts';
import { keepRoutes, prefixesOf } from './reach.ts';
import { onLink, type Route } from './routes.ts';

export type IfaceMonitor = {
  current(): readonly Iface[];
  prefixes(): readonly OnLinkPrefix[];
  close(): void;
};

type Seen = {
  readonly ifaces: readonly Iface[];
  readonly prefixes: readonly OnLinkPrefix[];
  readonly routes: readonly Route[];
};

/** The kernel tells of an address just before it adds the route to its subnet. */
const ROUTE_FOLLOWS_MS = 50;

/** Calls back only when a suitable interface came, went, or changed its MAC or name, or a subnet did; not for the first look. */
export function openIfaceMonitor(
  excludes: readonly RegExp[],
  onChange: (ifaces: readonly Iface[]) => void,
): IfaceMonitor {
  let seen: Seen = { ifaces: [], prefixes: [], routes: [] };
  let again: NodeJS.Timeout | undefined;
  const look = () => {
    const before = seen;
    seen = lookAt(excludes, before.routes);
    if (!isSame(before, seen)) onChange(seen.ifaces);
  };
  // Subscribed before the first look, so that no change falls between.
  const monitor = openLinkMonitor(() => {
    look();
    clearTimeout(again);
    again = setTimeout(look, ROUTE_FOLLOWS_MS);
  });
  seen = lookAt(excludes, []);
  return {
    current: () => seen.ifaces,
    prefixes: () => seen.prefixes,
    close() {
      clearTimeout(again);
      monitor.close();
    },
  };
}

function lookAt(excludes: readonly RegExp[], before: readonly Route[]): Seen {
  const links = readLinks(excludes);
  const routes = keepRoutes(before, onLink(readRoutes()), links);
  return { ifaces: selectIfaces(links, excludes), prefixes: prefixesOf(routes, links), routes };
}

function isSame(before: Seen, now: Seen): boolean {
  const { ifaces, prefixes } = before;
  if (ifaces.length !== now.ifaces.length || prefixes.length !== now.prefixes.length) return false;
  return (
    ifaces.every((iface, i) => isSameIface(iface, now.ifaces[i] as Iface)) &&
    prefixes.every(({ cidr, carrier }, i) => cidr === now.prefixes[i]?.cidr && carrier === now.prefixes[i]?.carrier)
  );
}
