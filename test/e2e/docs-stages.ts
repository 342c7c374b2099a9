// What the documents take for granted, made in the lab: a pool, Pods, a power cut, what MetalLB left behind.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { byLines } from '#test/chaos/follow.ts';
import { run } from '#test/lab/command.ts';
import type { Lab } from '#test/lab/lab.ts';
import { checkout } from '#test/lab/state.ts';
import { pollUntil } from '#test/lab/wait.ts';
import { announcersOf, apply, serviceManifest, untilAddress } from './cluster.ts';

export type Stages = {
  /** Before the first command of a document. */
  begin(path: string): Promise<void>;
  /** Before the first command of a section. */
  enter(path: string, section: string): Promise<void>;
  /** After the last command of a document. */
  end(): Promise<void>;
};

type Left = {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly status?: { readonly loadBalancer: { readonly ingress: readonly { readonly ip: string }[] } };
};
type Watch = { readonly fixed: readonly string[]; end(): Promise<string[]> };

const SAMPLE = readFileSync(join(checkout, 'manifests/samples/crds.yaml'), 'utf8');
const OURS = ['-n', 'metallb-system'];
const ADDRESSES =
  'jsonpath={.metadata.namespace}/{.metadata.name} {.spec.type} {.status.loadBalancer.ingress[*].ip}{"\\n"}';

export function openStages(lab: Lab): Stages {
  let watch: Watch | undefined;

  const metalLb = async (version: string) => {
    await finishWatch();
    await lab.down();
    await lab.up({ nodes: 2, isBare: true });
    watch = watchAddresses(lab, await leaveBehind(lab, version));
    await Promise.all(['default', 'shop'].map((namespace) => lab.backend('web', { namespace })));
  };

  /** No address changed, not for a moment. */
  const finishWatch = async () => {
    if (!watch) return;
    const { fixed, end } = watch;
    watch = undefined;
    assert.deepEqual((await end()).sort(), [...fixed].sort());
  };

  const sample = () => apply(lab, SAMPLE);
  const served = async () => {
    await sample();
    await apply(lab, serviceManifest({ name: 'web' }));
    await untilAddress(lab, 'web');
  };
  const announced = async () => {
    await served();
    await pollUntil('ServiceL2Status of web', () => announcersOf(lab, 'web'), { every: 50, within: 20_000 });
  };

  const documents: { readonly [path: string]: () => Promise<void> } = {
    'docs/first-service.md': () => lab.backend('web'),
    'docs/sharing.md': sample,
    'docs/failover.md': served,
    'docs/troubleshooting.md': sample,
    'docs/cli.md': announced,
    'README.md': async () => {
      await lab.mustKubectl(['delete', 'pods', '-l', 'app=web']);
      await served();
    },
  };
  const sections: { readonly [section: string]: () => Promise<void> } = {
    'docs/failover.md: A node fails': async () => void (await lab.powerOff('node3')),
    'docs/failover.md: The node comes back': () => lab.powerOn('node3'),
    'docs/migration.md: From a ConfigMap': () => metalLb('0.9'),
    'docs/migration.md: From custom resources': () => metalLb('0.14'),
  };

  return {
    async begin(path) {
      await tidy(lab);
      await documents[path]?.();
    },
    enter: async (path, section) => await sections[`${path}: ${section}`]?.(),
    end: finishWatch,
  };
}

/** What earlier documents made, where Arpeggio is installed at all. */
async function tidy(lab: Lab): Promise<void> {
  await lab.mustKubectl(['delete', 'services', '-A', '--field-selector', 'spec.type=LoadBalancer']);
  await lab.kubectl(['delete', 'ipaddresspools,l2advertisements', '--all', ...OURS]);
  await lab.kubectl(['delete', 'configmap', 'config', ...OURS]);
}

/** Objects and statuses of a MetalLB that runs no more; answers its Services, each with its address. */
async function leaveBehind(lab: Lab, version: string): Promise<string[]> {
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

/** Collects what a watch shows of all LoadBalancer Services until `end`. */
function watchAddresses(lab: Lab, fixed: readonly string[]): Watch {
  const stop = new AbortController();
  const seen = new Set<string>();
  const { argv, env } = lab.kubectlCommand(['get', 'services', '-A', '--watch', '-o', ADDRESSES]);
  const onOutput = byLines((line) => {
    const [service = '', type, ...ips] = line.split(' ');
    if (type === 'LoadBalancer') seen.add(`${service} ${ips.join(' ')}`);
  });
  const running = run(argv, { env, signal: stop.signal, onOutput });
  return {
    fixed,
    async end() {
      stop.abort();
      await running;
      return [...seen];
    },
  };
}
