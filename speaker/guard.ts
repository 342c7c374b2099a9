// Watches over addresses that others may have: probes before first use, hands over, and judges claims heard on the wire.
import { formatMac } from '#core/mac.ts';
import type { EventRecorder } from '#platform/events.ts';
import type { Log } from '#platform/log.ts';
import type { Announcer } from './announcer.ts';
import { type Claimer, ClaimLedger, type HeardClaim } from './claims.ts';
import type { ConflictReporter } from './conflict-reports.ts';
import { FirstUse, type IsDisputed, type IsRecorded, PROBE_EVERY_MS } from './first-use.ts';
import { Handover } from './handover.ts';
import { type Leaving, startLeaving } from './leaving.ts';
import { Patience } from './patience.ts';
import type { AddressPlan } from './plan.ts';
import type { Claim } from './side.ts';
import type { Holders } from './sticky.ts';

export type Guard = {
  /** Claims that meant something, by who made them. */
  readonly claims: { peer: number; stranger: number };
  /** The plans, with what may not be announced yet, or still is, marked so; starts the probes this asks for. */
  admit(plans: readonly AddressPlan[], uidOf: UidOf): readonly AddressPlan[];
  hear(claim: Claim): void;
  /** From now on nothing is defended and what a peer claims is let go; resolves when peers have taken what they take. */
  leave(): Promise<void>;
  isLeaving(): boolean;
  close(): void;
};

export type UidOf = (service: string) => string | undefined;

export type GuardOptions = {
  readonly node: string;
  readonly announcer: Announcer;
  readonly identify: (mac: string) => Claimer;
  /** Asks a peer for a heartbeat. */
  readonly ask?: (node: string) => void;
  /** A probe run ended, or an address turned out to be taken. */
  readonly onChange: () => void;
  readonly recordEvent: EventRecorder;
  /** Tells the controller. */
  readonly reportConflict: ConflictReporter;
  readonly isRecorded?: IsRecorded;
  readonly isDisputed?: IsDisputed;
  /** With sticky owners: who goes first of two speakers that claim one address. */
  readonly holders?: () => Holders | undefined;
  readonly log: Log;
};

export function openGuard(options: GuardOptions): Guard {
  const { announcer, identify, onChange } = options;
  const firstUse = new FirstUse(options.isRecorded, options.isDisputed);
  const handover = new Handover();
  const defence = openDefence(options);
  const wakeUp = openWakeUp(onChange);
  const syncProbes = openProbes(announcer, (text) => {
    const judgeAt = firstUse.probed(text, performance.now());
    wakeUp.at(judgeAt);
    return judgeAt !== undefined;
  });
  const claims = { peer: 0, stranger: 0 };
  let uidOf: UidOf = () => undefined;
  let leaving: Leaving | undefined;

  return {
    claims,
    admit(plans, uids) {
      uidOf = uids;
      const now = performance.now();
      const admission = firstUse.admit(plans, now);
      syncProbes(admission.probing);
      const kept = handover.keep(admission.plans, now);
      wakeUp.clear();
      wakeUp.at(admission.nextAt);
      wakeUp.at(kept.nextAt);
      return kept.plans;
    },
    hear({ address, iface, mac }) {
      const { text, services } = address.announcement;
      const heard = { text, mac: formatMac(mac), claimer: identify(formatMac(mac)) };
      if (heard.claimer.kind === 'self') return;
      claims[heard.claimer.kind]++;
      if (leaving) return heard.claimer.kind === 'peer' ? leaving.hear(text) : undefined;
      if (heard.claimer.kind === 'peer' && handover.hear(text, performance.now())) return onChange();
      const conflict = { ...heard, iface, services, uidOf };
      if (announcer.owned.get(text) !== address) {
        if (heard.claimer.kind === 'peer' || !firstUse.take(text)) return;
        report(options, { ...conflict, announced: false });
        onChange();
        return;
      }
      defence.hear(heard, conflict);
    },
    leave() {
      defence.end();
      leaving = startLeaving(announcer);
      return leaving.ended;
    },
    isLeaving: () => leaving !== undefined,
    close() {
      defence.end();
      wakeUp.clear();
      syncProbes([]);
    },
  };
}

/** What follows from a claim on an address that this node announces. */
function openDefence(options: GuardOptions) {
  const { node, announcer, holders, ask } = options;
  const ledger = new ClaimLedger(node, holders);
  const patience = new Patience((text) => announcer.owned.get(text) && announcer.defend(text));
  return {
    hear(claim: HeardClaim, conflict: Omit<Conflict, 'announced'>): void {
      const verdict = ledger.judge(claim, performance.now());
      if (verdict.ask && claim.claimer.kind === 'peer') ask?.(claim.claimer.node);
      if (verdict.report) report(options, { ...conflict, announced: true });
      if (!verdict.defend) return;
      if (claim.claimer.kind === 'stranger') announcer.defend(claim.text);
      else patience.add(claim.text);
    },
    end: () => patience.clear(),
  };
}

/** Runs of probes for exactly the addresses it is called with; who is there no more stops being probed. */
function openProbes(
  announcer: Announcer,
  onSent: (text: string) => boolean,
): (probing: readonly AddressPlan[]) => void {
  const runs = new Map<string, { timer?: NodeJS.Timeout }>();
  // Each waits until the one before has left: neither after a stall nor in a long queue do they go out together.
  const probe = (text: string) => {
    const run = runs.get(text);
    announcer.probe(text, () => {
      if (run && runs.get(text) === run && !onSent(text)) run.timer = setTimeout(probe, PROBE_EVERY_MS, text);
    });
  };
  return (probing) => {
    announcer.setProbed(probing);
    const wanted = new Set(probing.map(({ text }) => text));
    for (const [text, { timer }] of runs) {
      if (wanted.has(text)) continue;
      clearTimeout(timer);
      runs.delete(text);
    }
    for (const text of wanted) if (!runs.has(text)) runs.set(text, { timer: setTimeout(probe, 0, text) });
  };
}

/** Wakes at the first of the times it is told. */
function openWakeUp(wake: () => void) {
  let timer: NodeJS.Timeout | undefined;
  let due = Number.POSITIVE_INFINITY;
  const clear = () => {
    clearTimeout(timer);
    due = Number.POSITIVE_INFINITY;
  };
  return {
    clear,
    at(time = Number.POSITIVE_INFINITY) {
      if (time >= due) return;
      clear();
      due = time;
      // After a stall timers run before sockets: answers that wait there are read first.
      timer = setTimeout(() => setImmediate(wake), Math.ceil(time - performance.now()) + 1);
    },
  };
}

type Conflict = {
  readonly text: string;
  readonly mac: string;
  readonly iface: string;
  readonly services: readonly string[];
  readonly announced: boolean;
  readonly uidOf: UidOf;
};

/** An object for the controller, and one Event for each Service on the address. */
function report({ log, recordEvent, reportConflict }: GuardOptions, conflict: Conflict): void {
  const { text, mac, iface, services, announced, uidOf } = conflict;
  const outcome = announced ? 'it is defended' : 'it is not announced';
  reportConflict({ ip: text, mac, iface, announced });
  log.warn({ ip: text, mac, iface, services, outcome, reason: 'AddressConflict' }, 'address claimed by a stranger');
  const message = `address ${text} is also claimed by ${mac} on "${iface}": ${outcome}`;
  for (const service of services) {
    const [namespace = '', name = ''] = service.split('/');
    const uid = uidOf(service);
    recordEvent(
      { apiVersion: 'v1', kind: 'Service', namespace, name, ...(uid === undefined ? {} : { uid }) },
      { type: 'Warning', reason: 'AddressConflict', message },
    );
  }
}
