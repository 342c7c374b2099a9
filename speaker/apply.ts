// Brings the wire in step with a plan, and says what changed: log lines and Events, never in a steady state.
import type { EventRecorder } from '#platform/events.ts';
import type { Log } from '#platform/log.ts';
import type { Announcer, Changes } from './announcer.ts';
import type { AddressPlan } from './plan.ts';

/** What began and ended here, counted. */
export type ChangeCounts = {
  started: number;
  withdrawn: number;
  /** By address, as long as a Service holds it. */
  readonly startsOf: Map<string, number>;
};

export type Applier = {
  readonly changes: ChangeCounts;
  apply(plans: readonly AddressPlan[], uidOf: (service: string) => string | undefined): void;
};

export type ApplierOptions = {
  readonly node: string;
  readonly announcer: Announcer;
  readonly recordEvent: EventRecorder;
  readonly log: Log;
};

export function openApplier({ node, announcer, recordEvent, log }: ApplierOptions): Applier {
  /** `service ip` pairs this node announces: each gets one Event when it begins. */
  let assigned = new Set<string>();
  const changes: ChangeCounts = { started: 0, withdrawn: 0, startsOf: new Map() };

  return {
    changes,
    apply(plans, uidOf) {
      const wanted = plans.filter((plan) => plan.reason === 'announce');
      const { started, stopped } = announcer.apply(wanted);
      for (const { text, services, ifaces } of started) {
        log.info({ ip: text, services, ifaces: ifaces ?? 'all' }, 'announcing');
      }
      const reasons = new Map(plans.map((plan) => [plan.text, plan]));
      count(changes, { started, stopped }, reasons);
      for (const { text } of stopped) {
        const plan = reasons.get(text);
        log.info({ ip: text, reason: plan?.reason ?? 'noIPAllocated', owner: plan?.owner }, 'withdrawn');
      }
      const next = new Set(wanted.flatMap(({ text, services }) => services.map((service) => `${service} ${text}`)));
      for (const pair of next) if (!assigned.has(pair)) recordAssignment(recordEvent, node, serviceOf(pair, uidOf));
      assigned = next;
    },
  };
}

function count(changes: ChangeCounts, { started, stopped }: Changes, held: ReadonlyMap<string, unknown>): void {
  changes.started += started.length;
  changes.withdrawn += stopped.length;
  for (const { text } of started) changes.startsOf.set(text, (changes.startsOf.get(text) ?? 0) + 1);
  for (const text of changes.startsOf.keys()) if (!held.has(text)) changes.startsOf.delete(text);
}

type ServiceReference = { readonly namespace: string; readonly name: string; readonly uid?: string };

function serviceOf(pair: string, uidOf: (service: string) => string | undefined): ServiceReference {
  const [key = ''] = pair.split(' ');
  const [namespace = '', name = ''] = key.split('/');
  const uid = uidOf(key);
  return { namespace, name, ...(uid === undefined ? {} : { uid }) };
}

function recordAssignment(recordEvent: EventRecorder, node: string, service: ServiceReference): void {
  recordEvent(
    { apiVersion: 'v1', kind: 'Service', ...service },
    { type: 'Normal', reason: 'nodeAssigned', message: `announcing from node "${node}" with protocol "layer2"` },
  );
}
