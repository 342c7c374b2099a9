// A live MetalLB in the lab: its own programs from its own manifests, and Services with the addresses that it gives.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { must, run } from '#test/lab/command.ts';
import type { Lab } from '#test/lab/lab.ts';
import { checkout } from '#test/lab/state.ts';
import { pollUntil } from '#test/lab/wait.ts';
import { apply, untilAddress } from './cluster.ts';

export type Era = '0.12' | '0.14';

type Installed = {
  readonly kind: string;
  readonly spec?: {
    readonly template?: {
      readonly spec: { readonly containers: readonly { readonly name: string; readonly image: string }[] };
    };
  };
};

const MANIFESTS: { readonly [era in Era]: readonly string[] } = {
  '0.12': ['namespace.yaml', 'metallb.yaml'],
  '0.14': ['metallb-native.yaml'],
};
const BUILD = ['sh', join(checkout, 'test/lab/binaries/build.sh'), 'metallb'];
const PATIENCE = { every: 200, within: 60_000 };
const THERE = ['-n', 'metallb-system'];
const ADDRESSES =
  'jsonpath={range .items[?(@.spec.type=="LoadBalancer")]}' +
  '{.metadata.namespace}/{.metadata.name} {.status.loadBalancer.ingress[*].ip}{"\\n"}{end}';

/** Why there is no MetalLB on this machine; false where there is one. */
export async function lacksMetalLb(): Promise<string | false> {
  const { code, stderr } = await run(BUILD);
  return code !== 0 && `no MetalLB: ${stderr.trim().split('\n').at(-1)}`;
}

/** Two nodes that this MetalLB serves; answers its Services, each with its addresses. */
export async function upWithMetalLb(lab: Lab, era: Era): Promise<string[]> {
  const folder = join((await must(BUILD)).trim(), era);
  const texts = MANIFESTS[era].map((name) => readFileSync(join(folder, name), 'utf8'));
  const objects = texts.flatMap((text) => parseAllDocuments(text).map((document) => document.toJS() as Installed));
  const containers = objects.flatMap(({ spec }) => spec?.template?.spec.containers ?? []);
  const programs = Object.fromEntries(containers.map(({ name, image }) => [image, join(folder, name)]));
  await lab.up({ nodes: 2, isBare: true, programs });
  // No Kubernetes of today knows these.
  const items = objects.filter(({ kind }) => kind !== 'PodSecurityPolicy');
  await apply(lab, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  await Promise.all([...(era === '0.14' ? [untilWebhook(lab)] : []), makeBackends(lab)]);
  await configure(lab, era);
  return await makeServices(lab);
}

/** A kubelet takes a minute to show the new certificate to the Pod that waits for it; another Pod has it at once. */
async function untilWebhook(lab: Lab): Promise<void> {
  const secret = ['secret/metallb-webhook-cert', '--for=jsonpath={.data.tls\\.crt}', '--timeout=60s'];
  await lab.mustKubectl(['wait', ...THERE, ...secret]);
  await lab.mustKubectl(['delete', 'pod', ...THERE, '-l', 'component=controller']);
  await lab.mustKubectl(['rollout', 'status', ...THERE, 'deployment/controller', '--timeout=60s']);
}

async function makeBackends(lab: Lab): Promise<void> {
  await lab.backend('web');
  await lab.backend('web', { namespace: 'shop' });
  await lab.backend('files', { nodes: ['node2'] });
}

/** MetalLB's own webhook admits the pools, and refuses what is none. */
async function configure(lab: Lab, era: Era): Promise<void> {
  const manifest = readFile(`metallb-${era}.yaml`);
  const accepted = async () => (await lab.kubectl(['apply', '-f', '-'], { stdin: manifest })).code === 0;
  await pollUntil("MetalLB's webhook", accepted, PATIENCE);
  if (era === '0.12') return;
  const wrong = manifest.replace('192.168.1.230/31', '192.168.1.230/33');
  const { stderr } = await lab.kubectl(['apply', '--dry-run=server', '-f', '-'], { stdin: wrong });
  assert.match(stderr, /admission webhook "ipaddresspoolvalidationwebhook.metallb.io" denied the request/);
}

async function makeServices(lab: Lab): Promise<string[]> {
  const services = readFile('metallb-services.yaml');
  await apply(lab, services.split('\n---\n', 1)[0] ?? '');
  await untilAddress(lab, 'web');
  await apply(lab, services);
  return await pollUntil('all addresses', () => completeAddresses(lab), PATIENCE);
}

async function completeAddresses(lab: Lab): Promise<string[] | undefined> {
  const lines = (await lab.mustKubectl(['get', 'services', '-A', '-o', ADDRESSES])).trim().split('\n');
  return lines.every((line) => / \S/.test(line)) ? lines : undefined;
}

function readFile(name: string): string {
  return readFileSync(join(checkout, 'test/docs', name), 'utf8');
}
