// Metrics of the speaker: MetalLB's names where the meaning is the same, ours beside them. Read at each scrape.
import { Counter, Gauge, type Registry } from 'prom-client';
import type { Announcer } from './announcer.ts';
import type { ChangeCounts } from './apply.ts';
import type { Guard } from './guard.ts';
import type { Heartbeat } from './heartbeat/channel.ts';
import type { KernelResponder } from './kernel/responder.ts';
import type { OwnedAddress } from './owned.ts';

export type MetricsSources = {
  readonly node: string;
  readonly announcer: Announcer;
  readonly heartbeat: Heartbeat;
  readonly guard: Guard;
  readonly kernel: KernelResponder | undefined;
  readonly changes: ChangeCounts;
};

export function openMetrics(registry: Registry, sources: MetricsSources): void {
  openResponderMetric(registry, sources);
  openWireMetrics(registry, sources);
  openOwnershipMetrics(registry, sources);
  openHeartbeatMetrics(registry, sources);
}

type Sample = { readonly labels: { readonly [label: string]: string }; readonly value: number };

type Source = { readonly name: string; readonly help: string; readonly labelNames: string[]; read(): Sample[] };

function openWireMetrics(registry: Registry, { announcer, guard, kernel }: MetricsSources): void {
  const perAddress = (name: string, help: string, count: (address: OwnedAddress) => number) =>
    openCounter(registry, {
      name,
      help,
      labelNames: ['ip'],
      read: () =>
        Array.from(announcer.owned.values(), (address) => ({
          labels: { ip: address.announcement.text },
          value: count(address),
        })),
    });
  perAddress(
    'metallb_layer2_requests_received',
    'Requests for owned addresses (ARP, NDP)',
    (one) => one.requests + announcer.kernelAnswers(one),
  );
  perAddress(
    'metallb_layer2_responses_sent',
    'Replies sent for owned addresses (ARP, NDP)',
    (one) => one.replies + announcer.kernelAnswers(one),
  );
  perAddress('metallb_layer2_gratuitous_sent', 'Frames sent that nobody asked for (ARP, NDP)', (one) => one.gratuitous);
  openCounter(registry, {
    name: 'arpeggio_frames_dropped_total',
    help: 'ARP and NDP frames that got no answer, by reason',
    labelNames: ['iface', 'reason'],
    read: () =>
      Array.from(announcer.counters()).flatMap(([iface, { drops }]) =>
        Object.entries(drops).map(([reason, value]) => ({ labels: { iface, reason }, value })),
      ),
  });
  openCounter(registry, {
    name: 'arpeggio_send_failures_total',
    help: 'Frames the kernel did not take',
    labelNames: ['iface'],
    read: () =>
      Array.from(announcer.counters(), ([iface, { sendFailures }]) => ({ labels: { iface }, value: sendFailures })),
  });
  openCounter(registry, {
    name: 'arpeggio_kernel_frames_total',
    help: 'Frames the responder in the kernel answered or left to the process, by outcome',
    labelNames: ['outcome'],
    read: () => Object.entries(kernel?.outcomes() ?? {}).map(([outcome, value]) => ({ labels: { outcome }, value })),
  });
  openCounter(registry, {
    name: 'arpeggio_foreign_claims_total',
    help: 'Packets in which another MAC claimed an address of ours, by whose it was',
    labelNames: ['by'],
    read: () => Object.entries(guard.claims).map(([by, value]) => ({ labels: { by }, value })),
  });
  openCounter(registry, {
    name: 'arpeggio_group_failures_total',
    help: 'Multicast groups for neighbour solicitations that could not be joined or left',
    labelNames: ['iface'],
    read: () =>
      Array.from(announcer.counters(), ([iface, { groupFailures }]) => ({ labels: { iface }, value: groupFailures })),
  });
}

function openResponderMetric(registry: Registry, { announcer, kernel }: MetricsSources): void {
  new Gauge({
    name: 'arpeggio_kernel_overflow_addresses',
    help: 'Addresses that the responder in the kernel has no room for, which the process answers',
    labelNames: ['iface'],
    registers: [registry],
    collect() {
      this.reset();
      if (kernel) for (const [iface, count] of announcer.kernelOverflow()) this.set({ iface }, count);
    },
  });
  new Gauge({
    name: 'arpeggio_responder',
    help: '1 for where requests are answered: in the kernel or in the process',
    labelNames: ['where'],
    registers: [registry],
  }).set({ where: kernel ? 'kernel' : 'process' }, 1);
}

function openOwnershipMetrics(registry: Registry, { node, announcer, changes }: MetricsSources): void {
  new Gauge({
    name: 'metallb_speaker_announced',
    help: '1 for each address of a Service that this node announces',
    labelNames: ['service', 'protocol', 'node', 'ip'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { announcement } of announcer.owned.values()) {
        for (const service of announcement.services) {
          this.set({ service, protocol: 'layer2', node, ip: announcement.text }, 1);
        }
      }
    },
  });
  openTotal(registry, {
    name: 'arpeggio_announcements_started_total',
    help: 'Addresses this node began to announce',
    count: () => changes.started,
  });
  openTotal(registry, {
    name: 'arpeggio_announcements_withdrawn_total',
    help: 'Addresses this node ceased to announce',
    count: () => changes.withdrawn,
  });
  openCounter(registry, {
    name: 'arpeggio_address_starts_total',
    help: 'How often this node began to announce an address, as long as a Service holds it',
    labelNames: ['ip'],
    read: () => Array.from(changes.startsOf, ([ip, value]) => ({ labels: { ip }, value })),
  });
}

function openHeartbeatMetrics(registry: Registry, { heartbeat }: MetricsSources): void {
  const total = (name: string, help: string, count: () => number) => openTotal(registry, { name, help, count });
  total('arpeggio_heartbeats_sent_total', 'Heartbeats sent', () => heartbeat.counts().sent);
  total('arpeggio_heartbeats_received_total', 'Datagrams received', () => heartbeat.counts().received);
  total('arpeggio_heartbeat_send_failures_total', 'Heartbeats not sent', () => heartbeat.counts().sendFailures);
  openCounter(registry, {
    name: 'arpeggio_heartbeats_ignored_total',
    help: 'Datagrams without effect, by reason',
    labelNames: ['reason'],
    read: () => Object.entries(heartbeat.counts().ignored).map(([reason, value]) => ({ labels: { reason }, value })),
  });
  new Gauge({
    name: 'arpeggio_peers_live',
    help: 'Other speakers that are alive, by whether they can announce',
    labelNames: ['ready'],
    registers: [registry],
    collect() {
      const { live } = heartbeat.view();
      for (const ready of [true, false]) {
        this.set({ ready: String(ready) }, live.filter((peer) => peer.ready === ready).length);
      }
    },
  });
}

type Total = { readonly name: string; readonly help: string; count(): number };

function openTotal(registry: Registry, { name, help, count }: Total): void {
  openCounter(registry, { name, help, labelNames: [], read: () => [{ labels: {}, value: count() }] });
}

/** A counter whose truth lives elsewhere. */
function openCounter(registry: Registry, { name, help, labelNames, read }: Source): void {
  new Counter({
    name,
    help,
    labelNames,
    registers: [registry],
    collect() {
      this.reset();
      for (const { labels, value } of read()) this.inc(labels, value);
    },
  });
}
