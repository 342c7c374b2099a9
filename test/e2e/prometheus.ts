// A Prometheus of Debian's package that scrapes a lab by manifests/monitoring/, from the place where the API server runs.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Lab } from '#test/lab/lab.ts';
import { pollUntil } from '#test/lab/wait.ts';
import { readPrometheusConfig, readRuleFiles } from '#test/manifests/monitoring.ts';
import { type Pod, readPods } from './pods.ts';

export type Sample = {
  readonly metric: { readonly [label: string]: string };
  readonly value: readonly [number, string];
};

export type Prometheus = {
  /** What an expression gives now; fails with Prometheus' own sentence where it is wrong. */
  query(expr: string): Promise<readonly Sample[]>;
  /** Below /api/v1/. */
  get<T>(path: string, parameters?: Readonly<Record<string, string>>): Promise<T>;
  stop(): Promise<void>;
};

type Answer = { readonly status: 'success' | 'error'; readonly error?: string; readonly data: unknown };

const ADDRESS = '127.0.0.1:9090';
const PATIENCE = { every: 100, within: 20_000 };
// Rates want two samples, and the test no more of the day than it takes.
const PACE = '500ms';

export function makeFolder(): string {
  return mkdtempSync(join(tmpdir(), 'arpeggio-prometheus-'));
}

/** The PrometheusRules as files; their names. */
export function writeRules(folder: string): string[] {
  return Array.from(readRuleFiles(), ([name, file]) => {
    const groups = file.groups.map((group) => ({ ...group, interval: PACE }));
    return writeJson(folder, `${name}.yaml`, { groups });
  });
}

function writeJson(folder: string, name: string, content: object): string {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(content));
  return path;
}

/** The sample, faster, and told of the Pods by a file: Debian's Prometheus cannot ask Kubernetes. */
function writeConfiguration(folder: string, pods: readonly Pod[]): string {
  const targets = writeJson(folder, 'targets.json', pods.flatMap(discover));
  const sample = readPrometheusConfig();
  const scrapes = sample.scrape_configs.map(({ kubernetes_sd_configs: _, ...scrape }) => ({
    ...scrape,
    ...{ scrape_interval: PACE, scrape_timeout: PACE },
    file_sd_configs: [{ files: [targets] }],
  }));
  return writeJson(folder, 'prometheus.json', { ...sample, scrape_configs: scrapes });
}

/** What Prometheus' own discovery says of a Pod: each port of it. */
function discover({ metadata, spec, status }: Pod): object[] {
  const ports = spec.containers.flatMap(({ ports = [] }) => ports);
  return ports.map(({ name, containerPort }) => ({
    targets: [`${status.podIP}:${containerPort}`],
    labels: {
      __meta_kubernetes_namespace: metadata.namespace,
      __meta_kubernetes_pod_name: metadata.name,
      __meta_kubernetes_pod_label_app_kubernetes_io_component: metadata.labels['app.kubernetes.io/component'],
      __meta_kubernetes_pod_node_name: spec.nodeName,
      __meta_kubernetes_pod_phase: status.phase,
      __meta_kubernetes_pod_container_port_name: name,
    },
  }));
}

export async function startPrometheus(lab: Lab): Promise<Prometheus> {
  const folder = makeFolder();
  writeRules(folder);
  const config = writeConfiguration(folder, await readPods(lab));
  const flags = ['--storage.tsdb.path', join(folder, 'data'), '--web.listen-address', ADDRESS, '--log.level=error'];
  const [file = '', ...args] = lab.execCommand('control', ['prometheus', '--config.file', config, ...flags]);
  const child = spawn(file, args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const prometheus: Prometheus = {
    get: (path, parameters = {}) => get(lab, path, parameters),
    query: async (expr) => (await prometheus.get<{ result: readonly Sample[] }>('query', { query: expr })).result,
    async stop() {
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await pollUntil('Prometheus', () => isReady(lab, child), PATIENCE);
  return prometheus;
}

async function isReady(lab: Lab, child: ChildProcess): Promise<boolean> {
  if (child.exitCode !== null) throw new Error(`Cannot start Prometheus: it ended with ${child.exitCode}`);
  return (await lab.exec('control', ['curl', '-sf', `http://${ADDRESS}/-/ready`])).code === 0;
}

async function get<T>(lab: Lab, path: string, parameters: Readonly<Record<string, string>>): Promise<T> {
  const data = Object.entries(parameters).flatMap(([name, value]) => ['--data-urlencode', `${name}=${value}`]);
  const { stdout } = await lab.exec('control', ['curl', '-s', '-G', `http://${ADDRESS}/api/v1/${path}`, ...data]);
  const { status, error, data: found } = JSON.parse(stdout) as Answer;
  if (status === 'success') return found as T;
  throw new Error(`Cannot ask Prometheus ${JSON.stringify(parameters)}: ${error}`);
}
