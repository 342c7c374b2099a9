// Run beside the API server by the admission bench: fills the cluster, times creates one by one, floods one replica.
import { Agent, request } from 'undici';
import { createObject, openCluster } from '#platform/cluster.ts';
import { reviewBody, service } from '#test/webhook/builders.ts';

const SERVICES = '/api/v1/namespaces/default/services';
const POOLS = '/apis/metallb.io/v1beta1/namespaces/metallb-system/ipaddresspools';
const cluster = openCluster();

const poolRange = (i: number) => `10.${100 + i}.0.0/16`;

function manifest(name: string, loadBalancerIP?: string): object {
  const spec = { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, ports: [{ port: 80 }] };
  return { metadata: { name }, spec: { ...spec, ...(loadBalancerIP === undefined ? {} : { loadBalancerIP }) } };
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

async function fill(services: number, pools: number): Promise<object> {
  for (let i = 0; i < pools; i++) {
    const kind = { apiVersion: 'metallb.io/v1beta1', kind: 'IPAddressPool' };
    await createObject(cluster, POOLS, {
      ...kind,
      metadata: { name: `pool-${i}` },
      spec: { addresses: [poolRange(i)] },
    });
  }
  return { rate: await inParallel(services, 32, (i) => createObject(cluster, SERVICES, manifest(`load-${i}`))) };
}

/** Dry-run creates that ask for a free address, one at a time. */
async function creates(count: number): Promise<object> {
  const samplesMs: number[] = [];
  for (let i = 0; i < count; i++) {
    const started = performance.now();
    await createObject(cluster, `${SERVICES}?dryRun=All`, manifest('probe', `10.120.${i >> 8}.${i & 255}`));
    samplesMs.push(performance.now() - started);
  }
  return { samplesMs };
}

/** Reviews straight to one replica, over its own TLS. */
async function flood(count: number, address: string): Promise<object> {
  const agent = new Agent({ connections: 16, pipelining: 1, connect: { rejectUnauthorized: false } });
  const headers = { 'content-type': 'application/json' };
  const bodyOf = (i: number) => {
    const object = service('probe', { spec: { loadBalancerIP: `10.121.${(i >> 8) & 255}.${i & 255}` } });
    return JSON.stringify(reviewBody('CREATE', { object }, { dryRun: true }));
  };
  const send = async (i: number) => {
    const response = await request(`https://${address}:9443/review`, {
      method: 'POST',
      headers,
      body: bodyOf(i),
      dispatcher: agent,
    });
    const text = await response.body.text();
    if (!text.includes('"allowed":true')) throw new Error(`Cannot flood: ${text}`);
  };
  await inParallel(500, 16, send);
  return { rate: await inParallel(count, 16, send) };
}

const [mode = '', first = '0', second = ''] = process.argv.slice(2);
const modes: { readonly [mode: string]: () => Promise<object> } = {
  fill: () => fill(Number(first), Number(second)),
  creates: () => creates(Number(first)),
  flood: () => flood(Number(first), second),
};
process.stdout.write(JSON.stringify(await modes[mode]?.()));
process.exit(0);
