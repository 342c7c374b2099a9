// The controller's gauges, with MetalLB's names where the meaning is the same.
import { Gauge, Histogram, type Registry } from 'prom-client';
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

export function openAllocationMetrics(metrics: Registry): AllocationMetrics {
  const registers = [metrics];
  const byPool = { labelNames: ['pool'] as const, registers };
  const total = new Gauge({
    name: 'metallb_allocator_addresses_total',
    help: 'Usable addresses of the pool',
    ...byPool,
  });
  const inUse = new Gauge({ name: 'metallb_allocator_addresses_in_use_total', help: 'Addresses in use', ...byPool });
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
  return {
    record(pools, decisions) {
      for (const gauge of [total, inUse, services]) gauge.reset();
      const used = addressesByPool(pools, decisions);
      for (const pool of pools) {
        const { name } = pool;
        total.set({ pool: name }, Number(capacityOf(pool, 4) + capacityOf(pool, 6)));
        inUse.set({ pool: name }, used.get(pool)?.length ?? 0);
      }
      for (const { reason } of decisions) services.inc({ reason });
    },
    clear() {
      for (const gauge of [total, inUse, services]) gauge.reset();
    },
    observePass: (seconds) => passes.observe(seconds),
  };
}
