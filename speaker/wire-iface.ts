// One interface on the wire: its ARP and NDP sides, and the one paced queue of everything nobody asked for.
import { openArpSide } from './arp-side.ts';
import { BurstSchedule } from './burst.ts';
import type { Iface } from './iface.ts';
import { Overflow } from './kernel/overflow.ts';
import { openNdpSide } from './ndp-side.ts';
import { isAllowedOn, type OwnedAddress, type OwnedAddresses } from './owned.ts';
import { Pacer } from './pacer.ts';
import type { Side, SideContext } from './side.ts';

export type WireIface = {
  readonly iface: Iface;
  readonly overflow: Overflow;
  /** Starts the burst of each address, those not allowed on this interface left out. */
  burst(addresses: Iterable<OwnedAddress>): void;
  /** One round outside of bursts. */
  refresh(address: OwnedAddress): void;
  /** `onSent` is called when the probe left, or when it is certain that it never will. */
  probe(address: OwnedAddress, onSent: () => void): void;
  stop(address: OwnedAddress): void;
  /** A probed address is done with. */
  forget(address: OwnedAddress): void;
  close(): void;
};

type Gratuitous = { readonly address: OwnedAddress; readonly kind: number; readonly onSent?: () => void };

// Ten frames per wake-up keep the pace.
const PACE_TICK_MS = 5;

export function openWireIface(context: SideContext): WireIface {
  const { iface, owned, probed, kernel } = context;
  const sides = openSides(context);
  const sideOf = ({ announcement }: OwnedAddress): Side => sides[announcement.ip.family];
  const isAmong = (places: OwnedAddresses, address: OwnedAddress) =>
    places.get(address.announcement.text) === address && isAllowedOn(address, iface.name);
  const isOurs = (address: OwnedAddress) => isAmong(owned, address);
  const overflow = new Overflow(({ bytes }) => kernel?.own(bytes, iface.index) ?? true);
  const schedule = new BurstSchedule<OwnedAddress>();
  const pacer = new Pacer<Gratuitous>(({ address, kind }) => address.id * 2 + kind);

  const addRound = (address: OwnedAddress, isFirst: boolean) => {
    const { kinds } = sideOf(address);
    for (let kind = 0; kind < kinds; kind++) pacer.add({ address, kind }, isFirst && kind === 0 ? 'first' : 'repeat');
  };

  const send = ({ address, kind, onSent }: Gratuitous) => {
    // Withdrawn, or done with, while it waited for its turn.
    if (!isAmong(onSent ? probed : owned, address)) onSent?.();
    else if (onSent) ask(sideOf(address), address, onSent);
    else if (sideOf(address).announce(address, kind)) address.gratuitous++;
  };

  const pump = openPump((now) => {
    for (const { address, isFirst } of schedule.take(now)) addRound(address, isFirst);
    for (let next = pacer.take(now); next; next = pacer.take(now)) send(next);
    const untilRound = (schedule.next() ?? Number.POSITIVE_INFINITY) - now;
    return Math.min(untilRound, pacer.waiting === 0 ? Number.POSITIVE_INFINITY : PACE_TICK_MS);
  });

  return {
    iface,
    overflow,
    burst(addresses) {
      const now = performance.now();
      const ours = Array.from(addresses).filter(isOurs);
      // Answers before it is said: who hears the burst may ask at once.
      reportOverflow(context, overflow.add(ours));
      for (const address of ours) {
        sideOf(address).join(address);
        schedule.start(address, now);
      }
      pump.kick();
    },
    refresh(address) {
      if (isOurs(address)) addRound(address, false);
      pump.kick();
    },
    probe(address, onSent) {
      if (!isAmong(probed, address)) return onSent();
      pacer.add({ address, kind: 0, onSent }, 'probe');
      pump.kick();
    },
    stop(address) {
      schedule.stop(address);
      overflow.delete(address);
      kernel?.disown(address.bytes, iface.index);
      sideOf(address).leave(address);
    },
    forget: (address) => sideOf(address).leave(address),
    close() {
      pump.stop();
      for (const side of Object.values(sides)) side.close();
      for (const { onSent } of pacer.drain()) onSent?.();
    },
  };
}

/** Its group first, so that an answer reaches us. */
function ask(side: Side, address: OwnedAddress, onSent: () => void): void {
  side.join(address);
  side.probe(address);
  onSent();
}

/** Runs when kicked, and again after as many ms as `run` says. */
function openPump(run: (now: number) => number) {
  let timer: NodeJS.Timeout | undefined;
  const kick = () => {
    clearTimeout(timer);
    const wait = run(performance.now());
    timer = Number.isFinite(wait) ? setTimeout(kick, Math.max(1, Math.ceil(wait))) : undefined;
  };
  return { kick, stop: () => clearTimeout(timer) };
}

function reportOverflow({ iface, onOverflow }: SideContext, refused: readonly OwnedAddress[]): void {
  if (refused.length > 0) onOverflow?.(refused, iface);
}

function openSides(context: SideContext): { readonly 4: Side; readonly 6: Side } {
  const arp = openArpSide(context);
  try {
    return { 4: arp, 6: openNdpSide(context) };
  } catch (error) {
    arp.close();
    throw error;
  }
}
