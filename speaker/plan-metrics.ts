// Metrics of what this node decided last, and of what speaks against it. Read at each scrape.
import { Gauge, type Registry } from 'prom-client';
import type { Standing } from './heartbeat/standing.ts';
import type { AddressPlan } from './plan.ts';

/** The last pass; written by it, read by scrapes. */
export type Outcome = { plans: readonly AddressPlan[]; standing: Standing | undefined; isFenced: boolean };

export function openPlanMetrics(registry: Registry, outcome: Outcome): void {
  new Gauge({
    name: 'arpeggio_addresses',
    help: 'Addresses of Services by what this node does about them: announce, or why not',
    labelNames: ['reason'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { reason } of outcome.plans) this.inc({ reason }, 1);
    },
  });
  const flag = (name: string, help: string, read: () => boolean) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read() ? 1 : 0);
      },
    });
  flag('arpeggio_fenced', '1 on the smaller side of a partition, with fencing', () => outcome.isFenced);
  flag('arpeggio_draining', '1 while the node is drained', () => outcome.standing?.draining === true);
  flag('arpeggio_uplink_down', '1 while the gateway answers others but not this node', () => {
    return outcome.standing?.uplink === 'down';
  });
}
