// Which ServiceL2Status objects to write: from what this node announces and what stands there. Pure.
//
// An object is its node's own. Of others' only those are deleted whose node owns nothing of a Service that this node owns a
// part of, and each once: a node that writes it anew announces too (a partition), and then both stand.
import { hash } from 'node:crypto';
import { type ServiceL2Status, STATUS_LABELS } from '#core/l2-status.ts';
import { STATUS_ADDRESSES } from '#core/names.ts';
import type { AddressPlan } from './plan.ts';

export type Pod = { readonly name: string; readonly uid: string };

export type StatusWorld = {
  readonly self: string;
  /** Whose objects they are; without it nobody's. */
  readonly pod: Pod | undefined;
  readonly plans: readonly AddressPlan[];
  readonly present: readonly ServiceL2Status[];
};

export type WantedStatus = {
  readonly name: string;
  readonly node: string;
  readonly service: string;
  readonly addresses: readonly string[];
  /** Empty: all suitable ones. */
  readonly ifaces: readonly string[];
  readonly pod: Pod | undefined;
};

export type StatusWrite =
  | { readonly kind: 'create'; readonly name: string; readonly wanted: WantedStatus }
  /** Labels, addresses and the owner reference. */
  | { readonly kind: 'describe'; readonly name: string; readonly wanted: WantedStatus }
  /** The status. */
  | { readonly kind: 'report'; readonly name: string; readonly wanted: WantedStatus }
  | { readonly kind: 'delete'; readonly name: string; readonly of: Holder };

/** Who an object says announces what. */
export type Holder = { readonly node: string; readonly service: string };

const LABEL_LENGTH_MOST = 63;

/** What is missing goes before what is too much: a Service is named by two nodes rather than by none. */
export function planStatuses(world: StatusWorld, rivals: Rivals): StatusWrite[] {
  const wanted = wantedStatuses(world);
  const present = new Map(world.present.map((status) => [status.name, status]));
  const writes = Array.from(wanted.values()).flatMap((one) => compare(one, present.get(one.name)));
  const deletes = world.present.filter((status) =>
    status.node === world.self ? !wanted.has(status.name) : rivals.isNew(status),
  );
  return [...writes, ...deletes.map(({ name, node, service }) => toDelete(name, { node, service }))];
}

/** Objects of other nodes that this node has the right to delete, and those it deleted already. */
export class Rivals {
  #owners = new Map<string, Set<string>>();
  #self = '';
  readonly #deleted = new Map<string, Holder>();

  /** Takes in who owns what now; what was deleted in an ownership that ended is forgotten. */
  update({ self, plans }: Pick<StatusWorld, 'self' | 'plans'>): void {
    this.#self = self;
    this.#owners = ownersOf(plans);
    for (const [name, holder] of this.#deleted) if (!this.#isRival(holder)) this.#deleted.delete(name);
  }

  isNew(status: ServiceL2Status): boolean {
    return !this.#deleted.has(status.name) && this.#isRival(status);
  }

  noteDeleted(name: string, holder: Holder): void {
    if (holder.node !== this.#self) this.#deleted.set(name, holder);
  }

  #isRival({ node, service }: Holder): boolean {
    const owners = this.#owners.get(service);
    return node !== this.#self && owners !== undefined && owners.has(this.#self) && !owners.has(node);
  }
}

/** The same for the same Service and node, so that nothing doubles. */
export function statusName(service: string, node: string): string {
  return `l2-${hash('sha256', `${node}/${service}`, 'hex').slice(0, 20)}`;
}

export function statusMetadata({ node, service, addresses, pod }: WantedStatus) {
  const [namespace = '', name = ''] = service.split('/');
  const labels = {
    // A node's name may be longer than a label; the status has it whole.
    ...(node.length > LABEL_LENGTH_MOST ? {} : { [STATUS_LABELS.node]: node }),
    [STATUS_LABELS.serviceName]: name,
    [STATUS_LABELS.serviceNamespace]: namespace,
  };
  const ownerReferences = pod ? [{ apiVersion: 'v1', kind: 'Pod', name: pod.name, uid: pod.uid }] : [];
  return { labels, annotations: { [STATUS_ADDRESSES]: addresses.join() }, ownerReferences };
}

export function statusFields({ node, service, ifaces }: WantedStatus) {
  const [serviceNamespace = '', serviceName = ''] = service.split('/');
  return { node, serviceName, serviceNamespace, interfaces: ifaces.map((name) => ({ name })) };
}

function wantedStatuses({ self, pod, plans }: StatusWorld): Map<string, WantedStatus> {
  const wanted = new Map<string, WantedStatus>();
  for (const { text, services, ifaces, reason } of plans) {
    if (reason !== 'announce') continue;
    for (const service of services) {
      const name = statusName(service, self);
      const known = wanted.get(name) ?? { name, node: self, service, addresses: [], ifaces: ifaces ?? [], pod };
      const addresses = [...known.addresses, text].sort();
      wanted.set(name, { ...known, addresses, ifaces: joinIfaces(known.ifaces, ifaces ?? []) });
    }
  }
  return wanted;
}

/** Two addresses of a Service: all interfaces as soon as one of them has all. */
function joinIfaces(a: readonly string[], b: readonly string[]): string[] {
  return a.length === 0 || b.length === 0 ? [] : [...new Set([...a, ...b])].sort();
}

function compare(wanted: WantedStatus, present: ServiceL2Status | undefined): StatusWrite[] {
  const { name, node, service } = wanted;
  if (!present) return [{ kind: 'create', name, wanted }];
  // Node and Service cannot be changed where they were written: what bears our name wrongly makes room.
  if (present.ifaces && (present.node !== node || present.service !== service))
    return [toDelete(name, { node, service })];
  const isDescribed =
    (present.isLabelled || node.length > LABEL_LENGTH_MOST) &&
    present.podUid === wanted.pod?.uid &&
    present.addresses?.join() === wanted.addresses.join();
  const isReported = present.ifaces?.join() === wanted.ifaces.join();
  return [
    ...(isDescribed ? [] : [{ kind: 'describe' as const, name, wanted }]),
    ...(isReported ? [] : [{ kind: 'report' as const, name, wanted }]),
  ];
}

function toDelete(name: string, of: Holder): StatusWrite {
  return { kind: 'delete', name, of };
}

function ownersOf(plans: readonly AddressPlan[]): Map<string, Set<string>> {
  const owners = new Map<string, Set<string>>();
  for (const { owner, services } of plans) {
    if (owner === undefined) continue;
    for (const service of services) owners.set(service, (owners.get(service) ?? new Set()).add(owner));
  }
  return owners;
}
