// Allocation at scale: the pure decision, and ten thousand Services in the lab against the raw limit of the API server.
import { join } from 'node:path';
import { allocate } from '#controller/allocate.ts';
import { type Config, parseConfig } from '#core/config.ts';
import { service } from '#test/core/builders.ts';
import { type Lab, openLab } from '#test/lab/lab.ts';
import { memoryOf, signalProcesses } from '#test/lab/processes.ts';
import { checkout } from '#test/lab/state.ts';
import { pollUntil } from '#test/lab/wait.ts';
import type { LoadReport } from './allocation-load.ts';
import { type Bench, type Figure, percentile } from './figure.ts';
import { withReleasedImage } from './released.ts';

const COUNT = 10_000;
const ROUNDS = 30;
const AT_MOST = (value: number) => ({ relation: '<=' as const, value });
const AT_LEAST = (value: number) => ({ relation: '>=' as const, value });

export const allocation: Bench = {
  async run(say) {
    say('pure decisions ...');
    const pure = pureFigures();
    const lab = openLab('bench', say);
    await lab.down();
    try {
      return [...pure, ...(await withReleasedImage(say, (image) => labFigures(lab, image, say)))];
    } finally {
      await lab.down();
    }
  },
};

function configOf(addresses: string): Config {
  const { config } = parseConfig({
    pools: [{ metadata: { name: 'a' }, spec: { addresses: [addresses] } }],
    advertisements: [],
  });
  return config;
}

function pureFigures(): Figure[] {
  const waiting = Array.from({ length: COUNT }, (_, i) => service(`s${i}`));
  const six = Array.from({ length: COUNT }, (_, i) => service(`s${i}`, { spec: { ipFamilies: ['IPv6'] } }));
  const small = decideMs('10.0.0.0-10.0.39.15', waiting);
  return [
    { name: 'decision, 10,000 waiting, pool of 10,000', value: small, unit: 'ms', aim: AT_MOST(20) },
    { name: 'decision, 10,000 waiting, /16', value: decideMs('10.0.0.0/16', waiting), unit: 'ms', aim: AT_MOST(20) },
    { name: 'decision, 10,000 waiting, IPv6 /64', value: decideMs('fd00::/64', six), unit: 'ms', aim: AT_MOST(20) },
  ];
}

/** The median of many rounds over one world. */
function decideMs(addresses: string, services: ReturnType<typeof service>[]): number {
  const world = {
    config: configOf(addresses),
    services,
    namespaces: new Map(),
    nodeIps: [],
    conflicts: [],
    others: [],
  };
  const samples = Array.from({ length: ROUNDS }, () => {
    const started = performance.now();
    allocate(world);
    return performance.now() - started;
  });
  return percentile(samples, 0.5);
}

async function labFigures(lab: Lab, image: string, say: (line: string) => void): Promise<Figure[]> {
  await lab.up({ nodes: 1, image, without: ['webhook', 'speaker'] });
  await scale(lab, 0);
  // Thousands of Services keep these two busy with work that is not measured here.
  signalProcesses(lab.name, /kube-(proxy|controller-manager|scheduler)/, 'SIGSTOP');
  say(`creating ${COUNT} Services ...`);
  await load(lab, ['create', String(COUNT)]);
  say('the controller starts ...');
  signalProcesses(lab.name, /kube-controller-manager/, 'SIGCONT');
  signalProcesses(lab.name, /kube-scheduler/, 'SIGCONT');
  const watching = load(lab, ['watch', String(COUNT)]);
  await scale(lab, 2);
  // As in the raw measurement: its controllers of Services and EndpointSlices would look at every write.
  signalProcesses(lab.name, /kube-(controller-manager|scheduler)/, 'SIGSTOP');
  const ours = await watching;
  say('the controller tells of them by Events ...');
  await toldAll(lab);
  const single = await load(lab, ['single', '100']);
  const memory = Math.max(...memoryOf(lab.name, /controller\/main\.ts/));
  say('raw status patches ...');
  signalProcesses(lab.name, /kube-controller-manager/, 'SIGCONT');
  await scale(lab, 0);
  signalProcesses(lab.name, /kube-controller-manager/, 'SIGSTOP');
  const raw = await load(lab, ['patch', String(COUNT)]);
  const best = Math.max(...raw.rates.map(({ rate }) => rate));
  const rate = ours.rates[0]?.rate ?? 0;
  return [
    ...raw.rates.map(({ name, rate: value }) => ({
      name: `raw status patches, ${name} in flight`,
      value,
      unit: '1/s',
    })),
    { name: '10,000 waiting Services served', value: COUNT / rate, unit: 's' },
    { name: 'allocations', value: rate, unit: '1/s' },
    { name: 'allocations / best raw rate', value: rate / best, unit: '', aim: AT_LEAST(0.8) },
    {
      name: 'one new Service among 10,000, p50',
      value: percentile(single.samplesMs, 0.5),
      unit: 'ms',
      aim: AT_MOST(50),
    },
    { name: 'one new Service among 10,000, max', value: percentile(single.samplesMs, 1), unit: 'ms', aim: AT_MOST(50) },
    { name: 'resident memory of the controller', value: memory, unit: 'MB', aim: AT_MOST(150) },
  ];
}

async function scale(lab: Lab, replicas: number): Promise<void> {
  const ours = ['-n', 'metallb-system'];
  await lab.mustKubectl([...ours, 'scale', 'deployment/controller', `--replicas=${replicas}`]);
  const selector = 'app.kubernetes.io/component=controller';
  if (replicas > 0) {
    const nodes = () =>
      lab.mustKubectl([...ours, 'get', 'pods', '-l', selector, '-o', 'jsonpath={.items[*].spec.nodeName}']);
    const areBound = async () => (await nodes()).split(' ').filter((node) => node !== '').length === replicas;
    await pollUntil(`${replicas} controllers to be bound to nodes`, areBound, { every: 50, within: 60_000 });
    return;
  }
  await lab.mustKubectl([...ours, 'wait', '--for=delete', 'pod', '-l', selector, '--timeout=60s']);
}

/** Events come after the addresses, one at a time: a new Service is to meet a controller at rest. */
async function toldAll(lab: Lab): Promise<void> {
  let told = -1;
  const isOver = async () => {
    const before = told;
    const events = await lab.mustKubectl(['get', '--raw', '/api/v1/events?limit=1']);
    told = (JSON.parse(events) as { metadata: { remainingItemCount?: number } }).metadata.remainingItemCount ?? 0;
    return told === before;
  };
  await pollUntil('no more Events to come', isOver, { every: 1_000, within: 120_000 });
}

/** Runs `allocation-load.ts` beside the API server. */
async function load(lab: Lab, args: readonly string[]): Promise<LoadReport> {
  const script = join(checkout, 'test/bench/allocation-load.ts');
  const env = { KUBECONFIG: lab.files.kubeconfig };
  const { code, stdout, stderr } = await lab.exec('control', [process.execPath, script, ...args], { env });
  if (code !== 0) throw new Error(`Cannot load the API server: ${stderr}`);
  return JSON.parse(stdout) as LoadReport;
}
