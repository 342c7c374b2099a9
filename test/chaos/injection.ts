// A controller that reaches the API server only through a proxy which breaks a seeded part of everything.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from '#test/lab/lab.ts';
import { checkout } from '#test/lab/state.ts';
import { pollUntil } from '#test/lab/wait.ts';
import { type AddressReport, byLines, createServices, followAddresses } from './follow.ts';

export type InjectionReport = AddressReport & {
  /** How often each fault struck. */
  readonly faults: ReadonlyMap<string, number>;
};

const OURS = ['-n', 'metallb-system'];

export async function injectFaults(lab: Lab, plan: { services: number; seed: number }): Promise<InjectionReport> {
  await lab.mustKubectl([...OURS, 'scale', 'deployment/controller', '--replicas=0']);
  await lab.mustKubectl([...OURS, 'wait', '--for=delete', 'pod', '-l', 'app.kubernetes.io/component=controller']);
  await lab.mustKubectl(['create', 'namespace', 'broken']);
  await createServices(lab, 'broken', { count: plan.services });
  const stop = new AbortController();
  const faults = new Map<string, number>();
  const following = followAddresses(lab, 'broken');
  try {
    const port = await startProxy(lab, { seed: plan.seed, signal: stop.signal, faults });
    const running = startController(lab, port, stop.signal);
    await pollUntil('all Services to be served', () => following.served() === plan.services, {
      every: 100,
      within: 300_000,
    });
    const report = await following.end();
    stop.abort();
    await running;
    return { ...report, faults };
  } finally {
    stop.abort();
    await following.end();
  }
}

type Proxy = { readonly seed: number; readonly signal: AbortSignal; readonly faults: Map<string, number> };

/** Resolves with the port it listens on. */
function startProxy(lab: Lab, { seed, signal, faults }: Proxy): Promise<number> {
  return new Promise((resolve, reject) => {
    let port: number | undefined;
    const onLine = (line: string) => {
      if (port === undefined) {
        port = Number(line);
        resolve(port);
      } else faults.set(line, (faults.get(line) ?? 0) + 1);
    };
    const script = join(checkout, 'test/chaos/faulty-proxy.ts');
    const env = { KUBECONFIG: lab.files.kubeconfig };
    const command = [process.execPath, script, '--seed', String(seed)];
    lab
      .exec('control', command, { env, signal, onOutput: byLines(onLine) })
      .then(({ stderr }) => reject(new Error(`Cannot run the proxy: ${stderr}`)), reject);
  });
}

function startController(lab: Lab, port: number, signal: AbortSignal) {
  const kubeconfig = join(lab.files.folder, 'broken.kubeconfig');
  writeFileSync(kubeconfig, JSON.stringify(kubeconfigFor(`http://127.0.0.1:${port}`)));
  const env = { KUBECONFIG: kubeconfig, POD_NAMESPACE: 'metallb-system', LOG_LEVEL: 'error' };
  return lab.exec('control', [process.execPath, join(checkout, 'controller/main.ts')], { env, signal });
}

function kubeconfigFor(server: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'proxy', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'nobody', user: {} }],
    contexts: [{ name: 'proxy', context: { cluster: 'proxy', user: 'nobody' } }],
    'current-context': 'proxy',
  };
}
