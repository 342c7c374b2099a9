// Keeps the wire in step with what is to be announced: both sides of every interface, small differences only.
import type { Log } from '#platform/log.ts';
import { nextRefresh } from './burst.ts';
import { readUint32 } from './ethernet.ts';
import { type Iface, isSameIface } from './iface.ts';
import { CountersByIface } from './iface-counters.ts';
import type { KernelResponder } from './kernel/responder.ts';
import { hasLink } from './links.ts';
import { type Announcement, isAllowedOn, type OwnedAddress, OwnedAddresses } from './owned.ts';
import type { Claim, IfaceCounters, SideContext } from './side.ts';
import { openWireIface, type WireIface } from './wire-iface.ts';

export type Announcer = {
  readonly owned: OwnedAddresses;
  /** By name, of interfaces that are there. */
  counters(): ReadonlyMap<string, IfaceCounters>;
  /** Answers for an address that this process never saw. */
  kernelAnswers(address: OwnedAddress): number;
  /** By name of the interface, addresses that the kernel has no room for. */
  kernelOverflow(): ReadonlyMap<string, number>;
  /** What changed against the last call. */
  apply(announcements: readonly Announcement[]): Changes;
  setIfaces(ifaces: readonly Iface[]): void;
  /** Bursts of all addresses: other nodes may have claimed them meanwhile. */
  reannounce(): void;
  /** Asked about from now on: claims of these are heard, nothing is answered. */
  setProbed(announcements: readonly Announcement[]): void;
  /** One probe on every interface the address may be on, at their pace; `onSent` is called when the last of them left. */
  probe(text: string, onSent: () => void): void;
  /** Neither answered nor announced any more. */
  release(text: string): void;
  /** One round: the address is here. */
  defend(text: string): void;
  close(): void;
};

export type Changes = { readonly started: readonly Announcement[]; readonly stopped: readonly Announcement[] };

export type AnnouncerOptions = {
  readonly refreshMs: number;
  readonly log: Log;
  readonly onClaim?: (claim: Claim) => void;
  /** Answers ahead of this process where it can. */
  readonly kernel?: KernelResponder | undefined;
};

/** In one line of the log. */
const OVERFLOW_NAMED = 100;
const REFRESH_TICK_MS = 1_000;
// The interface went between the look and the open: the link monitor tells next what became of it.
const GONE = new Set(['ENODEV', 'ENXIO', 'ENETDOWN']);

export function openAnnouncer(options: AnnouncerOptions): Announcer {
  const { refreshMs, log, onClaim = () => {}, kernel } = options;
  const owned = new OwnedAddresses();
  const counters = new CountersByIface();
  const wires = new Map<number, WireIface>();
  const timer = refreshMs === 0 ? undefined : setInterval(() => refreshDue(owned, wires, refreshMs), REFRESH_TICK_MS);
  const probed = new OwnedAddresses();
  let isReconciled = false;
  const onOverflow = overflowReport(log, kernel?.limit);
  const replaceWire = (iface: Iface) => {
    const context = { iface, owned, probed, counters: counters.of(iface), onClaim, kernel, onOverflow };
    const wire = tryOpen(() => openAttached(context));
    if (!wire) return log.debug({ iface: iface.name }, 'interface went away');
    // The old one answers until the new one does.
    wires.get(iface.index)?.close();
    wires.set(iface.index, wire);
    // By its name, which may be new, it may announce other addresses than before.
    for (const address of owned.values()) if (!isAllowedOn(address, iface.name)) wire.stop(address);
    wire.burst(owned.values());
  };

  const end = (wire: WireIface) => {
    wires.delete(wire.iface.index);
    for (const address of owned.values()) wire.stop(address);
    kernel?.detach(wire.iface.index);
    wire.close();
  };

  return {
    owned,
    counters: () => counters.prune(hasLink).byName(),
    kernelAnswers: ({ bytes }) => sum(Array.from(wires.keys(), (index) => kernel?.answers(bytes, index) ?? 0)),
    kernelOverflow: () => new Map(Array.from(wires.values(), (wire) => [wire.iface.name, wire.overflow.size])),
    apply(announcements) {
      const changes = applyAnnouncements(announcements, { owned, wires, refreshMs });
      // What an earlier process left is told apart once.
      if (!isReconciled) kernel?.retain((address, index) => isOwnedAt(owned, address, wires.get(index)));
      isReconciled = true;
      for (const wire of wires.values()) wire.overflow.retry();
      return changes;
    },
    setIfaces(ifaces) {
      const wanted = new Set(ifaces.map(({ index }) => index));
      for (const [index, wire] of wires) if (!wanted.has(index)) end(wire);
      for (const iface of ifaces) {
        const known = wires.get(iface.index)?.iface;
        if (!known || !isSameIface(known, iface)) replaceWire(iface);
      }
      counters.prune(hasLink);
    },
    reannounce() {
      for (const wire of wires.values()) wire.burst(owned.values());
    },
    setProbed: (announcements) => applyProbed(announcements, probed, wires),
    probe: (text, onSent) => probeOn(wires, probed.get(text), onSent),
    release: (text) => release(owned.get(text), owned, wires),
    defend: (text) => onEach(wires, owned.get(text), (wire, address) => wire.refresh(address)),
    close() {
      clearInterval(timer);
      for (const wire of wires.values()) wire.close();
      wires.clear();
      owned.clear();
    },
  };
}

function overflowReport(log: Log, limit: number | undefined) {
  return (addresses: readonly OwnedAddress[], { name }: Iface) => {
    const ips = addresses.slice(0, OVERFLOW_NAMED).map(({ announcement }) => announcement.text);
    const facts = { ips, addresses: addresses.length, iface: name, limit, reason: 'KernelMapFull' };
    log.warn(facts, 'no room in the kernel, the process answers');
  };
}

type State = { owned: OwnedAddresses; wires: ReadonlyMap<number, WireIface>; refreshMs: number };

function applyAnnouncements(announcements: readonly Announcement[], { owned, wires, refreshMs }: State): Changes {
  const wanted = new Set(announcements.map(({ text }) => text));
  const gone = Array.from(owned.values()).filter(({ announcement }) => !wanted.has(announcement.text));
  for (const address of gone) release(address, owned, wires);
  const started = announcements.filter(({ text }) => !owned.get(text));
  const gained = new Map(Array.from(wires.values(), (wire) => [wire, [] as OwnedAddress[]]));
  for (const announcement of announcements) {
    const before = owned.get(announcement.text)?.ifaces;
    const gains = owned.put(announcement, nextRefresh(performance.now(), refreshMs, Math.random()));
    const address = owned.get(announcement.text);
    if (!address) continue;
    for (const [wire, addresses] of gained) {
      if (gains(wire.iface.name)) addresses.push(address);
      else if (before !== address.ifaces && !isAllowedOn(address, wire.iface.name)) wire.stop(address);
    }
  }
  for (const [wire, addresses] of gained) if (addresses.length > 0) wire.burst(addresses);
  return { started, stopped: gone.map(({ announcement }) => announcement) };
}

function release(
  address: OwnedAddress | undefined,
  owned: OwnedAddresses,
  wires: ReadonlyMap<number, WireIface>,
): void {
  if (!address) return;
  owned.delete(address.announcement.text);
  for (const wire of wires.values()) wire.stop(address);
}

function probeOn(wires: ReadonlyMap<number, WireIface>, address: OwnedAddress | undefined, onSent: () => void): void {
  const asked = address ? Array.from(wires.values()) : [];
  let waiting = asked.length;
  const done = () => {
    waiting--;
    if (waiting === 0) onSent();
  };
  if (address) for (const wire of asked) wire.probe(address, done);
  if (asked.length === 0) onSent();
}

function onEach(
  wires: ReadonlyMap<number, WireIface>,
  address: OwnedAddress | undefined,
  act: (wire: WireIface, address: OwnedAddress) => void,
): void {
  if (address) for (const wire of wires.values()) act(wire, address);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

function applyProbed(
  announcements: readonly Announcement[],
  probed: OwnedAddresses,
  wires: ReadonlyMap<number, WireIface>,
): void {
  const wanted = new Set(announcements.map(({ text }) => text));
  for (const address of Array.from(probed.values())) {
    if (wanted.has(address.announcement.text)) continue;
    probed.delete(address.announcement.text);
    for (const wire of wires.values()) wire.forget(address);
  }
  for (const announcement of announcements) probed.put(announcement, Number.POSITIVE_INFINITY);
}

function refreshDue(owned: OwnedAddresses, wires: ReadonlyMap<number, WireIface>, refreshMs: number): void {
  const now = performance.now();
  for (const address of owned.values()) {
    if (address.refreshAt > now) continue;
    address.refreshAt = nextRefresh(now, refreshMs, Math.random());
    for (const wire of wires.values()) wire.refresh(address);
  }
}

function isOwnedAt(owned: OwnedAddresses, bytes: Uint8Array, wire: WireIface | undefined): boolean {
  if (!wire) return false;
  const address = bytes.length === 4 ? owned.findNumber(readUint32(bytes, 0)) : owned.findOctets(bytes, 0);
  return isAllowedOn(address, wire.iface.name);
}

/** In the process and in the kernel. */
function openAttached(context: SideContext): WireIface {
  const wire = openWireIface(context);
  try {
    context.kernel?.attach(context.iface);
    return wire;
  } catch (error) {
    wire.close();
    throw error;
  }
}

function tryOpen(open: () => WireIface): WireIface | undefined {
  try {
    return open();
  } catch (error) {
    if (error instanceof Error && 'code' in error && GONE.has(String(error.code))) return undefined;
    throw error;
  }
}
