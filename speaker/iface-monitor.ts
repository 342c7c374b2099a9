// The interfaces that announce, kept current by link events.
import { type Iface, isSameIface, selectIfaces } from './iface.ts';
import { openLinkMonitor, readLinks } from './links.ts';

export type IfaceMonitor = { current(): readonly Iface[]; close(): void };

/** Calls back only when a suitable interface came, went, or changed its MAC or name; not for the first look. */
export function openIfaceMonitor(
  excludes: readonly RegExp[],
  onChange: (ifaces: readonly Iface[]) => void,
): IfaceMonitor {
  let ifaces: readonly Iface[] = [];
  const look = () => {
    const found = selectIfaces(readLinks(excludes), excludes);
    const isSame = found.length === ifaces.length && found.every((iface, i) => isSameAt(ifaces, i, iface));
    if (isSame) return;
    ifaces = found;
    onChange(ifaces);
  };
  // Subscribed before the first look, so that no change falls between.
  const monitor = openLinkMonitor(look);
  ifaces = selectIfaces(readLinks(excludes), excludes);
  return { current: () => ifaces, close: () => monitor.close() };
}

function isSameAt(ifaces: readonly Iface[], i: number, iface: Iface): boolean {
  const known = ifaces[i];
  return known !== undefined && isSameIface(known, iface);
}
