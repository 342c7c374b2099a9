// The controller's gauges, with MetalLB's names where the meaning is the same.
import { Gauge, Histogram, type Registry } from 'prom-client';
import type { Family } from '#core/ip.ts';
import { type AddressPool, capacityOf } from '#core/pool.ts';
import type { Decision } from './allocate.ts';
import { addressesByPool } from './pool-status.ts';

export type AllocationMetrics = {
  record(pools: readonly AddressPool[], decisions: readonly Decision[]): void;
  /** A replica that does not hold the Lease says nothing about allocations. */
  clear(): void;
  /** Seconds of one pass from caches to decisions. */
  observePass(seconds: number): void;
};

/** The families of each pair of MetalLB's gauges, by the middle of their names. */
const COUNTED: readonly { readonly prefix: string; readonly what: string; readonly families: readonly Family[] }[] = [
  { prefix: '', what: 'addresses', families: [4, 6] },
  { prefix: 'ipv4_', what: 'IPv4 addresses', families: [4] },
  { prefix: 'ipv6_', what: 'IPv6 addresses', families: [6] },
];

export function openAllocationMetrics(metrics: Registry): AllocationMetrics {
  const registers = [metrics];
  const byPool = { labelNames: ['pool'] as const, registers };
  const counted = COUNTED.map(({ prefix, what, families }) => ({
    families,
    total: new Gauge({
      name: `metallb_allocator_${prefix}addresses_total`,
      help: `Usable ${what} of the pool`,
      ...byPool,
    }),
    inUse: new Gauge({
      name: `metallb_allocator_${prefix}addresses_in_use_total`,
      help: `Used ${what} of the pool`,
      ...byPool,
    }),
  }));
  const services = new Gauge({
    name: 'arpeggio_services',
    help: 'Load balancer Services by reason of their condition',
    labelNames: ['reason'],
    registers,
  });
  const passes = new Histogram({
    name: 'arpeggio_allocation_decision_seconds',
    help: 'Time of one whole-world decision',
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5],
    registers,
  });
  const clear = () => {
    for (const gauge of [...counted.flatMap(({ total, inUse }) => [total, inUse]), services]) gauge.reset();
  };
  return {
    record(pools, decisions) {
      clear();
      const used = addressesByPool(pools, decisions);
      for (const { families, total, inUse } of counted) {
        for (const pool of pools) {
          const ips = used.get(pool) ?? [];
          const capacity = families.reduce((sum, family) => sum + capacityOf(pool, family), 0n);
          total.set({ pool: pool.name }, Number(capacity));
          inUse.set({ pool: pool.name }, ips.filter(({ family }) => families.includes(family)).length);
        }
      }
      for (const { reason } of decisions) services.inc({ reason });
    },
    clear,
    observePass: (seconds) => passes.observe(seconds),
  };
}

export function openLeaseMetric(metrics: Registry, isHeld: () => boolean): void {
  new Gauge({
    name: 'arpeggio_lease_held',
    help: '1 on the replica that holds the Lease and allocates',
    registers: [metrics],
    collect() {
      this.set(isHeld() ? 1 : 0);
    },
  });
}
