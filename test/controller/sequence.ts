// A cluster of a few Services that changes at random, under the allocator and the status writer as the controller runs them.
import fc from 'fast-check';
import { type AllocationWorld, allocate, type Decision } from '#controller/allocate.ts';
import { type Plan, planWrites } from '#controller/plan.ts';
import type { StatusWrite } from '#controller/status.ts';
import { type AddressConflictObject, parseConflict } from '#core/conflict.ts';
import type { IPAddressPoolObject } from '#core/custom-resources.ts';
import { formatIp, parseIp } from '#core/ip.ts';
import { Occupancy } from '#core/occupancy.ts';
import { isOurs, parseService, type Service, type ServiceObject } from '#core/service.ts';
import { type Patch, patchService, type StoredService } from './stored-service.ts';
import { configOf } from './world.ts';

type PoolSpec = NonNullable<IPAddressPoolObject['spec']>;
type Shape = {
  readonly namespace: string;
  readonly annotations: { readonly [key: string]: string };
  readonly labels: { readonly [key: string]: string };
  readonly spec: NonNullable<ServiceObject['spec']>;
};

export type Change =
  | { readonly kind: 'put'; readonly slot: number; readonly shape: Shape }
  | { readonly kind: 'remove'; readonly slot: number }
  | { readonly kind: 'pool'; readonly name: string; readonly variant: number }
  | { readonly kind: 'node'; readonly ip: string }
  | { readonly kind: 'stranger'; readonly ip: string; readonly node: string; readonly announced: boolean };

/** A change, and which of the writes after it are lost: the n-th where the n-th bit (of eight, again and again) is set. */
export type Step = { readonly change: Change; readonly lost: number };

const SLOTS = 10;
const VARIANTS: { readonly [name: string]: readonly PoolSpec[] } = {
  a: [
    { addresses: ['10.0.0.1-10.0.0.4'] },
    { addresses: ['10.0.0.1-10.0.0.2', 'fd00::1-fd00::2'] },
    { addresses: ['10.0.0.3-10.0.0.4'], serviceAllocation: { priority: 2 } },
  ],
  b: [
    { addresses: ['10.1.0.254-10.1.1.1', 'fd01::/126'] },
    {
      addresses: ['10.1.0.254-10.1.1.1'],
      avoidBuggyIPs: true,
      serviceAllocation: { priority: 1, namespaces: ['shop'] },
    },
    { addresses: ['10.1.0.254-10.1.1.1'], autoAssign: false },
  ],
  c: [
    { addresses: ['fd02::1-fd02::3'] },
    { addresses: ['fd02::1-fd02::3'], serviceAllocation: { serviceSelectors: [{ matchLabels: { tier: 'front' } }] } },
    { addresses: ['fd02::1/128'], serviceAllocation: { namespaceSelectors: [{ matchLabels: { team: 'x' } }] } },
  ],
};
const ADDRESSES = [
  '10.0.0.1',
  '10.0.0.2',
  '10.0.0.4',
  '10.1.0.255',
  '10.1.1.1',
  'fd00::1',
  'fd01::2',
  'fd02::1',
  '10.9.9.9',
];
const NAMESPACES = new Map([
  ['default', {}],
  ['shop', { team: 'x' }],
]);

const families = fc.constantFrom<Pick<Shape['spec'], 'ipFamilies' | 'ipFamilyPolicy'>>(
  { ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' },
  { ipFamilies: ['IPv6'], ipFamilyPolicy: 'SingleStack' },
  { ipFamilies: ['IPv4'], ipFamilyPolicy: 'PreferDualStack' },
  { ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'PreferDualStack' },
  { ipFamilies: ['IPv6', 'IPv4'], ipFamilyPolicy: 'RequireDualStack' },
);
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 1 });
const annotations = fc.record({
  'metallb.io/allow-shared-ip': maybe(fc.constantFrom('k', 'l')),
  'metallb.io/address-pool': maybe(fc.constantFrom('a', 'b', 'none')),
  'metallb.io/loadBalancerIPs': maybe(fc.constantFrom('10.0.0.2,fd00::1', '10.0.0.3', 'nonsense')),
  'arpeggio.dev/share-with-namespaces': maybe(fc.constantFrom('*', 'shop')),
});
const shape: fc.Arbitrary<Shape> = fc
  .record({
    namespace: fc.constantFrom('default', 'default', 'shop'),
    annotations,
    tier: maybe(fc.constant('front')),
    families,
    type: fc.constantFrom('LoadBalancer', 'LoadBalancer', 'LoadBalancer', 'LoadBalancer', 'ClusterIP', 'other class'),
    port: fc.constantFrom(80, 81),
    externalTrafficPolicy: fc.constantFrom('Cluster', 'Cluster', 'Local'),
    selector: fc.constantFrom({ app: 'web' }, { app: 'db' }),
    loadBalancerIP: maybe(fc.constantFrom(...ADDRESSES)),
  })
  .map(({ namespace, annotations: notes, tier, families: family, port, loadBalancerIP, type, ...spec }) => ({
    namespace,
    annotations: Object.fromEntries(
      Object.entries(notes).filter(([, value]) => value !== undefined),
    ) as Shape['annotations'],
    labels: tier === undefined ? {} : { tier },
    spec: {
      ...{ ...spec, ...family, ports: [{ port }] },
      ...(type === 'other class' ? { type: 'LoadBalancer', loadBalancerClass: 'x/y' } : { type }),
      ...(loadBalancerIP === undefined ? {} : { loadBalancerIP }),
    },
  }));

const changes: fc.Arbitrary<Change> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('put' as const), slot: fc.nat(SLOTS - 1), shape }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), slot: fc.nat(SLOTS - 1) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('pool' as const),
      name: fc.constantFrom('a', 'b', 'c'),
      variant: fc.nat(3),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('node' as const), ip: fc.constantFrom(...ADDRESSES) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('stranger' as const),
      ip: fc.constantFrom(...ADDRESSES),
      node: fc.constantFrom('n1', 'n2'),
      announced: fc.boolean(),
    }),
  },
);

export const steps: fc.Arbitrary<Step> = fc.record({
  change: changes,
  lost: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(255) }),
});

export class Cluster {
  readonly #objects = new Map<number, StoredService>();
  readonly #pools = new Map<string, PoolSpec>(Object.entries(VARIANTS).map(([name, [first]]) => [name, first ?? {}]));
  readonly #nodeIps = new Set<string>();
  readonly #reports = new Map<string, AddressConflictObject>();
  /** What was parsed, by what it was parsed from: a cache keeps it as long as nothing in it changes. */
  #parsed = new Map<string, unknown>();
  #version = 0;

  change(change: Change): void {
    this.#version++;
    if (change.kind === 'put') this.#put(change.slot, change.shape);
    else if (change.kind === 'remove') this.#objects.delete(change.slot);
    else if (change.kind === 'pool') {
      const variant = VARIANTS[change.name]?.[change.variant];
      if (variant) this.#pools.set(change.name, variant);
      else this.#pools.delete(change.name);
    } else if (change.kind === 'node') {
      if (!this.#nodeIps.delete(change.ip)) this.#nodeIps.add(change.ip);
    } else {
      const name = `${change.ip} ${change.node}`;
      if (!this.#reports.delete(name)) this.#reports.set(name, { metadata: { name }, spec: change });
    }
  }

  services(): Service[] {
    return Array.from(this.#objects.values(), (object) => this.#once(object, parseService));
  }

  /** As a controller sees it that starts now and knows nothing but the API server's objects. */
  freshWorld(): AllocationWorld {
    const kept = this.#parsed;
    this.#parsed = new Map();
    const world = this.world();
    this.#parsed = kept;
    return world;
  }

  world(): AllocationWorld {
    const all = this.services();
    const isMine = (service: Service) => isOurs(service, undefined);
    return {
      config: this.#once(Object.fromEntries(this.#pools), configOf),
      services: all.filter(isMine),
      others: all.filter((service) => !isMine(service) && service.held.length > 0),
      namespaces: NAMESPACES,
      nodeIps: [...this.#nodeIps].map(parseIp).filter((ip) => ip !== undefined),
      conflicts: [...this.#reports.values()]
        .map((report) => this.#once(report, parseConflict))
        .filter((conflict) => conflict !== undefined),
    };
  }

  #once<W, T>(object: W, parse: (object: W) => T): T {
    const key = JSON.stringify(object);
    if (!this.#parsed.has(key)) this.#parsed.set(key, parse(object));
    return this.#parsed.get(key) as T;
  }

  /** What one pass decides, and the writes it plans; nothing is written yet. */
  pass(): { decisions: Decision[]; plan: Plan } {
    const decisions = allocate(this.world());
    const now = new Date(this.#version * 1_000).toISOString();
    const context = { now, poolCount: this.#pools.size };
    return { decisions, plan: planWrites(decisions, this.services(), context) };
  }

  /** Returns a sentence for each address that was written to a Service while another one showed it. */
  write(writes: readonly StatusWrite[], lost = 0): string[] {
    return writes.flatMap(({ service, patch }, i) => {
      const object = [...this.#objects.values()].find(({ metadata }) => metadata?.uid === service.uid);
      if (!object || (lost >> (i % 8)) & 1) return [];
      patchService(object, patch as Patch);
      const shown = new Occupancy();
      for (const other of this.services()) for (const ip of other.held) shown.place(other, ip);
      const before = service.held.map(formatIp);
      const taken = parseService(object).held.filter((ip) => !before.includes(formatIp(ip)));
      return taken.flatMap((ip) => shown.conflictsOf(service, ip)).map(({ message }) => `${service.key}: ${message}`);
    });
  }

  /** An update keeps the status, and the API server empties the addresses of what is no load balancer any more. */
  #put(slot: number, { namespace, annotations: notes, labels, spec }: Shape): void {
    const known = this.#objects.get(slot);
    const before = known?.metadata?.namespace === namespace ? known : undefined;
    const pool = before?.metadata?.annotations?.['metallb.io/ip-allocated-from-pool'];
    const status = { ...before?.status };
    // Another class comes by way of another type.
    const isStill = spec.type === 'LoadBalancer' && spec.loadBalancerClass === before?.spec?.loadBalancerClass;
    if (!isStill) delete status.loadBalancer;
    this.#objects.set(slot, {
      metadata: {
        ...{ namespace, name: `s${slot}`, labels, resourceVersion: String(this.#version) },
        uid: before?.metadata?.uid ?? `${slot}-${this.#version}`,
        creationTimestamp: before?.metadata?.creationTimestamp ?? new Date(this.#version * 1_000),
        annotations: { ...notes, ...(pool === undefined ? {} : { 'metallb.io/ip-allocated-from-pool': pool }) },
      },
      spec,
      status,
    });
  }
}
