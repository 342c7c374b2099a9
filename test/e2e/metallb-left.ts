// What a MetalLB that runs no more leaves in a cluster, and a watch over the addresses it gave.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { byLines } from '#test/chaos/follow.ts';
import { run } from '#test/lab/command.ts';
import type { Lab } from '#test/lab/lab.ts';
import { checkout } from '#test/lab/state.ts';
import { apply } from './cluster.ts';

type Left = {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly status?: { readonly loadBalancer: { readonly ingress: readonly { readonly ip: string }[] } };
};

const ADDRESSES =
  'jsonpath={.metadata.namespace}/{.metadata.name} {.spec.type} {.status.loadBalancer.ingress[*].ip}{"\\n"}';

/** Objects and statuses of a MetalLB that runs no more; answers its Services, each with its address. */
export async function leaveBehind(lab: Lab, version: string): Promise<string[]> {
  const text = readFileSync(join(checkout, `test/docs/metallb-${version}.yaml`), 'utf8');
  const objects = parseAllDocuments(text).map((document) => document.toJS() as Left);
  // kubectl does not find a kind whose definition is in the same file.
  const definitions = objects.filter(({ kind }) => kind === 'CustomResourceDefinition');
  for (const definition of definitions) {
    await apply(lab, JSON.stringify(definition));
    await lab.mustKubectl(['wait', '--for=condition=Established', `crd/${definition.metadata.name}`]);
  }
  // Before MetalLB's webhook is registered, which nobody serves here.
  await apply(lab, text);
  const services = objects.filter(({ kind, status }) => kind === 'Service' && status !== undefined);
  return await Promise.all(services.map((service) => address(lab, service)));
}

/** Writes the status, which `apply` leaves out. */
async function address(lab: Lab, { metadata, status }: Left): Promise<string> {
  const { name, namespace = 'default' } = metadata;
  const patch = ['--subresource=status', '--type=merge', '-p', JSON.stringify({ status })];
  await lab.mustKubectl(['patch', 'service', name, '-n', namespace, ...patch]);
  return `${namespace}/${name} ${status?.loadBalancer.ingress.map(({ ip }) => ip).join(' ')}`;
}

/** Collects what a watch shows of all LoadBalancer Services, each with its addresses, until it ends. */
export function watchAddresses(lab: Lab): { end(): Promise<string[]> } {
  const stop = new AbortController();
  const seen = new Set<string>();
  const { argv, env } = lab.kubectlCommand(['get', 'services', '-A', '--watch', '-o', ADDRESSES]);
  const onOutput = byLines((line) => {
    const [service = '', type, ...ips] = line.split(' ');
    if (type === 'LoadBalancer') seen.add(`${service} ${ips.join(' ')}`);
  });
  const running = run(argv, { env, signal: stop.signal, onOutput });
  return {
    async end() {
      stop.abort();
      await running;
      return [...seen];
    },
  };
}
