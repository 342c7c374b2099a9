// What the end-to-end tests ask of a cluster: objects, and what a client on the LAN sees.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from '#test/lab/lab.ts';
import { pollUntil } from '#test/lab/wait.ts';

const PATIENCE = { every: 200, within: 20_000 };

export type ServiceWish = {
  readonly name: string;
  readonly port?: number;
  readonly loadBalancerIP?: string;
  readonly loadBalancerClass?: string;
  readonly annotations?: { readonly [key: string]: string };
};

export function serviceManifest({ name, port = 80, annotations = {}, ...wishes }: ServiceWish): string {
  const spec = { type: 'LoadBalancer', selector: { app: 'web' }, ports: [{ name: 'http', port, targetPort: 8080 }] };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, annotations },
    spec: { ...spec, ...wishes },
  });
}

export function configMapManifest(config: string): string {
  const metadata = { namespace: 'metallb-system', name: 'config' };
  return JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { config } });
}

export async function apply(lab: Lab, manifest: string): Promise<void> {
  await lab.mustKubectl(['apply', '-f', '-'], manifest);
}

/** What kubectl says to a manifest that would be refused; a dry run, so that nothing is made while nobody refuses. */
export async function refusalOf(lab: Lab, manifest: string): Promise<string> {
  const { code, stdout, stderr } = await lab.kubectl(['apply', '--dry-run=server', '-f', '-'], { stdin: manifest });
  return code === 0 ? `accepted: ${stdout}` : stderr.trim();
}

export function jsonPath(lab: Lab, object: readonly string[], path: string): Promise<string> {
  return lab.mustKubectl(['get', ...object, '-o', `jsonpath=${path}`]);
}

export function addressOf(lab: Lab, service: string): Promise<string> {
  return jsonPath(lab, ['service', service], '{.status.loadBalancer.ingress[*].ip}');
}

/** The nodes that ServiceL2Status objects name for a Service, by space. */
export function announcersOf(lab: Lab, service: string): Promise<string> {
  const ours = ['servicel2statuses', '-n', 'metallb-system', '-l', `metallb.io/service-name=${service}`];
  return jsonPath(lab, ours, '{.items[*].status.node}');
}

export function untilAddress(lab: Lab, service: string): Promise<string> {
  return pollUntil(`an address of ${service}`, () => addressOf(lab, service), PATIENCE);
}

/** One new connection from the client; empty when it fails. */
export async function request(lab: Lab, address: string, port = 80): Promise<string> {
  const { stdout } = await lab.exec('client', ['curl', '-s', '-g', '--max-time', '1', `http://${address}:${port}/`]);
  return stdout.trim();
}

export function untilAnswer(lab: Lab, address: string, port = 80): Promise<string> {
  return pollUntil(`an answer from ${address}:${port}`, () => request(lab, address, port), PATIENCE);
}

/** The node whose MAC the client's kernel learns for the address by asking anew. */
export async function ownerOf(lab: Lab, address: string): Promise<string | undefined> {
  await lab.exec('client', ['ip', 'neigh', 'flush', 'to', address]);
  await lab.exec('client', ['ping', '-c', '1', '-W', '1', address]);
  const { stdout } = await lab.exec('client', ['ip', 'neigh', 'show', 'to', address]);
  const mac = /lladdr ([0-9a-f:]{17})/.exec(stdout)?.[1];
  if (mac === undefined) return undefined;
  return lab.nodes().find((node) => node.mac === mac)?.name;
}

/** How many other speakers the one of a node takes for alive and able to announce. */
export async function readyPeers(lab: Lab, node: string): Promise<number> {
  const { stdout } = await lab.exec(node, ['curl', '-s', '--max-time', '1', 'http://127.0.0.1:7472/metrics']);
  return Number(/^arpeggio_peers_live\{ready="true"\} (\d+)$/m.exec(stdout)?.[1]);
}

export async function isRegistered(lab: Lab): Promise<boolean> {
  return (await lab.kubectl(['get', 'validatingwebhookconfiguration', 'arpeggio'])).code === 0;
}

/** Whether every Pod of a program tells of a rejected configuration by Event, gauge and log line; undefined until it does. */
export async function saysStale(
  lab: Lab,
  program: string,
): Promise<{ events: boolean; gauges: boolean; logs: boolean } | undefined> {
  const ours = ['-n', 'metallb-system', 'get'];
  const selector = ['-l', `app.kubernetes.io/component=${program}`];
  const [ips, components] = await Promise.all([
    lab.mustKubectl([...ours, 'pods', ...selector, '-o', 'jsonpath={.items[*].status.podIP}']),
    lab.mustKubectl([
      ...ours,
      'events',
      '-o',
      'jsonpath={.items[?(@.reason=="ConfigurationInvalid")].source.component}',
    ]),
  ]);
  const metrics = await Promise.all(
    ips.split(' ').map((ip) => lab.exec('control', ['curl', '-s', '--max-time', '1', `http://${ip}:7472/metrics`])),
  );
  const said = {
    events: components.includes(`arpeggio-${program}`),
    gauges: metrics.every(({ stdout }) => /^metallb_k8s_client_config_stale_bool 1$/m.test(stdout)),
    logs: readLogs(lab, program).includes('configuration rejected, keeping the last good one'),
  };
  return said.events && said.gauges && said.logs ? said : undefined;
}

function readLogs(lab: Lab, program: string): string {
  const files = readdirSync(lab.files.logs).filter((name) => name.startsWith(`${program}.`));
  return files.map((name) => readFileSync(join(lab.files.logs, name), 'utf8')).join('');
}
