// Who is on which address, and whether one more Service may join (reference 3.6, with namespace consent on both sides).
import { formatIp, type Ip, keyOfIp } from '#core/ip.ts';
import type { Reason } from '#core/problem.ts';
import type { Port, Service } from '#core/service.ts';

/** Why a Service cannot be on an address beside a holder; `port` is the index in its spec.ports. */
export type Conflict = {
  /** The key of the Service in the way. */
  readonly holder: string;
  readonly reason: Extract<Reason, 'AddressInUse' | 'SharingMismatch' | 'PortInUse'>;
  readonly message: string;
  readonly port?: number;
};

type Difference = Omit<Conflict, 'holder'>;

export class Occupancy {
  readonly #holders = new Map<number | bigint, Service[]>();
  /** Addresses by the sharing keys that live there, in the order they were placed. */
  readonly #keyed = new Map<string, Map<number | bigint, Ip>>();

  place(service: Service, ip: Ip): void {
    if (service.sharingKey !== '') this.#note(service.sharingKey, ip);
    const known = this.#holders.get(keyOfIp(ip));
    if (known) known.push(service);
    else this.#holders.set(keyOfIp(ip), [service]);
  }

  remove(service: Service, ip: Ip): void {
    const holders = this.holdersOf(ip).filter((holder) => holder.key !== service.key);
    if (holders.length > 0) this.#holders.set(keyOfIp(ip), holders);
    else this.#holders.delete(keyOfIp(ip));
    const { sharingKey } = service;
    if (!holders.some((holder) => holder.sharingKey === sharingKey)) this.#keyed.get(sharingKey)?.delete(keyOfIp(ip));
  }

  holdersOf(ip: Ip): readonly Service[] {
    return this.#holders.get(keyOfIp(ip)) ?? NOBODY;
  }

  /** Somebody is on it. */
  isHeld(ip: Ip): boolean {
    return this.#holders.has(keyOfIp(ip));
  }

  /** Addresses where a Service with this key is, in the order they were placed. */
  ipsWithKey(sharingKey: string): Iterable<Ip> {
    return this.#keyed.get(sharingKey)?.values() ?? [];
  }

  /** Every reason why `service` cannot be on `ip`; it never conflicts with itself. */
  conflictsOf(service: Service, ip: Ip): Conflict[] {
    return this.holdersOf(ip)
      .filter((holder) => holder.key !== service.key)
      .flatMap((holder) => conflictsBetween(service, holder, formatIp(ip)));
  }

  /** No conflict, without a word about it. */
  admits(service: Service, ip: Ip): boolean {
    return this.holdersOf(ip).every(
      (holder) =>
        holder.key === service.key ||
        !(hasPortOf(service, holder) || sharingRefusal(service, holder, '') !== undefined),
    );
  }

  #note(sharingKey: string, ip: Ip): void {
    const ips = this.#keyed.get(sharingKey) ?? new Map<number | bigint, Ip>();
    this.#keyed.set(sharingKey, ips.set(keyOfIp(ip), ip));
  }
}

const NOBODY: readonly Service[] = [];

function conflictsBetween(service: Service, holder: Service, ip: string): Conflict[] {
  const refusal = sharingRefusal(service, holder, ip);
  const conflicts = refusal ? [refusal] : portConflicts(service, holder, ip);
  return conflicts.map((conflict) => ({ ...conflict, holder: holder.key }));
}

function sharingRefusal(service: Service, holder: Service, ip: string): Difference | undefined {
  const used = `${ip} is already used by ${holder.key}`;
  if (holder.sharingKey === '') return { reason: 'AddressInUse', message: `${used}, which has no allow-shared-ip key` };
  if (service.sharingKey === '') {
    return { reason: 'AddressInUse', message: `${used}; to share it, set allow-shared-ip "${holder.sharingKey}"` };
  }
  const difference = sharingDifference(service, holder);
  return difference === undefined ? undefined : { reason: 'SharingMismatch', message: `${used}, ${difference}` };
}

/** What two Services with keys differ in, as seen from `service`. */
function sharingDifference(service: Service, holder: Service): string | undefined {
  if (service.sharingKey !== holder.sharingKey) {
    return `whose allow-shared-ip key is "${holder.sharingKey}", not "${service.sharingKey}"`;
  }
  if (service.trafficPolicy !== holder.trafficPolicy) {
    return `whose externalTrafficPolicy is ${holder.trafficPolicy}, not ${service.trafficPolicy}`;
  }
  const sameNamespace = service.namespace === holder.namespace;
  if (service.trafficPolicy === 'Local') {
    if (!sameNamespace)
      return 'which is in another namespace (externalTrafficPolicy Local never shares across namespaces)';
    const same = selectorText(service) !== '' && selectorText(service) === selectorText(holder);
    return same
      ? undefined
      : 'whose selector differs (wanted equal, non-empty selectors for externalTrafficPolicy Local)';
  }
  if (sameNamespace || (consents(service, holder) && consents(holder, service))) return undefined;
  return 'which is in another namespace (wanted arpeggio.dev/share-with-namespaces on both Services)';
}

function consents(service: Service, other: Service): boolean {
  return service.sharesWith.includes('*') || service.sharesWith.includes(other.namespace);
}

function selectorText({ selector }: Service): string {
  return Object.keys(selector)
    .sort()
    .map((key) => `${key}=${selector[key]}`)
    .join();
}

function hasPortOf(service: Service, holder: Service): boolean {
  return service.ports.some(({ protocol, port }) =>
    holder.ports.some((other) => other.protocol === protocol && other.port === port),
  );
}

function portConflicts(service: Service, holder: Service, ip: string): Difference[] {
  return service.ports.flatMap((port, index): Difference[] => {
    const taken = holder.ports.find((other) => other.protocol === port.protocol && other.port === port.port);
    if (!taken) return [];
    const message = `${portText(port)} on ${ip} is already used by ${holder.key}${portName(taken)}`;
    return [{ reason: 'PortInUse', message, port: index }];
  });
}

function portText({ protocol, port }: Port): string {
  return `${protocol}/${port}`;
}

function portName({ name }: Port): string {
  return name === '' ? '' : ` (port "${name}")`;
}
