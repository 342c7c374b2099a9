// What changed between two looks at the cluster: who announces what, and Events of the programs about Services. Pure.
import type { ServiceL2Status } from '#core/l2-status.ts';

export type EventObject = {
  readonly metadata?: { readonly name?: string; readonly namespace?: string; readonly resourceVersion?: string };
  readonly involvedObject?: { readonly namespace?: string; readonly name?: string };
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
  readonly source?: { readonly component?: string };
};

export type ToldEvent = {
  /** Another one when it happened again. */
  readonly id: string;
  readonly service: string;
  readonly isWarning: boolean;
  readonly reason: string;
  readonly message: string;
};

export type Look = {
  /** By Service. */
  readonly announcements: ReadonlyMap<string, readonly Pick<ServiceL2Status, 'node' | 'addresses'>[]>;
  /** Undefined until they were read. */
  readonly events: readonly ToldEvent[] | undefined;
};

export type Change = {
  readonly service: string;
  readonly isWarning: boolean;
  /** The reason of the Event, or `owner`. */
  readonly reason: string;
  readonly message: string;
};

/** `at` is when it was seen here, ISO 8601. */
export type Entry = Change & { readonly at: string };

const ENTRIES_MOST = 200;
const OURS = 'arpeggio-';

/** Undefined for Events of other programs. */
export function parseEvent({ metadata = {}, involvedObject = {}, ...event }: EventObject): ToldEvent | undefined {
  if (!event.source?.component?.startsWith(OURS)) return undefined;
  return {
    id: `${metadata.namespace}/${metadata.name} ${event.count ?? 1}`,
    service: `${involvedObject.namespace}/${involvedObject.name}`,
    isWarning: event.type === 'Warning',
    reason: event.reason ?? '',
    message: event.message ?? '',
  };
}

export function changesBetween(before: Look, after: Look): Change[] {
  return [...newEvents(before.events, after.events), ...ownerChanges(before, after)];
}

/** Newest first, and no more than a page wants. */
export function extend(timeline: readonly Entry[], changes: readonly Change[], at: string): readonly Entry[] {
  if (changes.length === 0) return timeline;
  const entries = changes.map((change) => ({ ...change, at })).reverse();
  return [...entries, ...timeline].slice(0, ENTRIES_MOST);
}

function newEvents(before: Look['events'], after: Look['events']): Change[] {
  if (!before || !after) return [];
  const known = new Set(before.map(({ id }) => id));
  return after.filter(({ id }) => !known.has(id)).map(({ id: _, ...change }) => change);
}

function ownerChanges(before: Look, after: Look): Change[] {
  const [earlier, later] = [nodesByAddress(before), nodesByAddress(after)];
  const keys = new Set([...earlier.keys(), ...later.keys()]);
  return Array.from(keys).flatMap((key) => {
    const [had, has] = [earlier.get(key) ?? [], later.get(key) ?? []];
    const lost = had.filter((node) => !has.includes(node));
    const gained = has.filter((node) => !had.includes(node));
    if (lost.length + gained.length === 0) return [];
    const service = key.slice(0, key.indexOf(' '));
    const address = key.slice(service.length + 1);
    const message = describeMove(address, lost, gained);
    return [{ service, isWarning: has.length === 0, reason: 'owner', message }];
  });
}

function describeMove(address: string, lost: readonly string[], gained: readonly string[]): string {
  if (gained.length === 0) return `${address} is no longer announced by ${lost.join(', ')}`;
  const from = lost.length === 0 ? '' : `, no longer by ${lost.join(', ')}`;
  return `${address} is announced by ${gained.join(', ')}${from}`;
}

/** By Service and address. */
function nodesByAddress({ announcements }: Look): Map<string, string[]> {
  const facts = Array.from(announcements).flatMap(([service, of]) =>
    of.flatMap(({ node, addresses = ['its address'] }) =>
      addresses.map((address) => ({ key: `${service} ${address}`, node })),
    ),
  );
  const byKey = Array.from(Map.groupBy(facts, ({ key }) => key));
  return new Map(byKey.map(([key, of]) => [key, of.map(({ node }) => node)]));
}
