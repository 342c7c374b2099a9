// Run beside the API server by the allocation bench: creates Services, watches them get addresses, patches statuses raw.
import { setTimeout as delay } from 'node:timers/promises';
import { parseService, type ServiceObject } from '#core/service.ts';
import { openCache } from '#platform/cache.ts';
import { createObject, openCluster, patchObject } from '#platform/cluster.ts';
import { openLog } from '#platform/log.ts';

export type LoadReport = {
  readonly rates: readonly { readonly name: string; readonly rate: number }[];
  readonly samplesMs: readonly number[];
};

const SERVICES = '/api/v1/namespaces/default/services';
const CREATE_IN_FLIGHT = 32;
const cluster = openCluster();
const log = openLog('load');

/** The names of all Services are known from their number. */
const nameOf = (i: number) => `load-${i}`;

function manifest(name: string): object {
  return {
    metadata: { name },
    spec: { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, ports: [{ port: 80 }] },
  };
}

async function inParallel(count: number, inFlight: number, work: (i: number) => Promise<unknown>): Promise<number> {
  const started = performance.now();
  const numbers = Array(count).keys();
  const run = async () => {
    for (const i of numbers) await work(i);
  };
  await Promise.all(Array.from({ length: inFlight }, run));
  return count / ((performance.now() - started) / 1000);
}

async function create(count: number): Promise<LoadReport> {
  const kind = { apiVersion: 'metallb.io/v1beta1', kind: 'IPAddressPool' };
  const pool = { ...kind, metadata: { name: 'bench' }, spec: { addresses: ['10.0.0.0/16'] } };
  await createObject(cluster, '/apis/metallb.io/v1beta1/namespaces/metallb-system/ipaddresspools', pool);
  const rate = await inParallel(count, CREATE_IN_FLIGHT, (i) => createObject(cluster, SERVICES, manifest(nameOf(i))));
  return { rates: [{ name: 'create', rate }], samplesMs: [] };
}

/** Follows Services; `onServed` is called once for each that has an address. */
function follow(onSeen: (name: string, isServed: boolean) => void): { stop(): void } {
  const stop = new AbortController();
  openCache({
    ...{ cluster, log, signal: stop.signal, path: SERVICES, onChange: () => undefined },
    parse: (object: ServiceObject) => {
      const { name, held } = parseService(object);
      onSeen(name, held.length > 0);
      return name;
    },
  });
  return { stop: () => stop.abort() };
}

async function watch(count: number): Promise<LoadReport> {
  const served = new Set<string>();
  let first = 0;
  const last = await new Promise<number>((resolve) => {
    const following = follow((name, isServed) => {
      if (!isServed) return;
      if (served.size === 0) first = performance.now();
      served.add(name);
      if (served.size < count) return;
      following.stop();
      resolve(performance.now());
    });
  });
  return { rates: [{ name: 'served', rate: (count - 1) / ((last - first) / 1000) }], samplesMs: [] };
}

/** From the watch event of a new Service to the one that shows its address. */
async function single(count: number): Promise<LoadReport> {
  const seen = new Map<string, number>();
  const samplesMs: number[] = [];
  let next: (() => void) | undefined;
  const following = follow((name, isServed) => {
    if (!name.startsWith('single-')) return;
    const began = seen.get(name);
    if (began === undefined) seen.set(name, performance.now());
    if (!isServed || began === undefined) return;
    samplesMs.push(performance.now() - began);
    next?.();
  });
  for (let i = 0; i < count; i++) {
    const done = new Promise<void>((resolve) => {
      next = resolve;
    });
    await createObject(cluster, SERVICES, manifest(`single-${i}`));
    await done;
    // Each meets a controller at rest, as a single Service does.
    await delay(250);
  }
  following.stop();
  return { rates: [], samplesMs };
}

/** The same body that the controller writes, with nothing decided. */
async function patch(count: number): Promise<LoadReport> {
  const rates = [];
  for (const inFlight of [8, 16, 32, 64]) {
    const rate = await inParallel(count / 4, inFlight, (i) => {
      const ip = `10.0.${i >> 8}.${i & 255}`;
      const condition = {
        ...{ type: 'arpeggio.dev/Allocated', status: 'True', reason: 'Allocated' },
        ...{ message: `${ip} from pool "raw" ${inFlight}`, lastTransitionTime: new Date().toISOString() },
      };
      const body = {
        metadata: { annotations: { 'metallb.io/ip-allocated-from-pool': `raw-${inFlight}` } },
        status: { loadBalancer: { ingress: [{ ip, ipMode: 'VIP' }] }, conditions: [condition] },
      };
      return patchObject(cluster, `${SERVICES}/${nameOf(i)}/status`, { type: 'strategic', body });
    });
    rates.push({ name: String(inFlight), rate });
  }
  return { rates, samplesMs: [] };
}

const modes = { create, watch, single, patch };
const [mode = '', count = '0'] = process.argv.slice(2);
const report = await modes[mode as keyof typeof modes](Number(count));
process.stdout.write(JSON.stringify(report));
process.exit(0);
