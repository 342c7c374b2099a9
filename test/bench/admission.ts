// Admission at scale: what a review adds to a create, how many one replica answers, and what it costs in memory.
import { join } from 'node:path';
import { type Lab, openLab } from '#test/lab/lab.ts';
import { memoryOf, signalProcesses } from '#test/lab/processes.ts';
import { checkout } from '#test/lab/state.ts';
import { pollUntil } from '#test/lab/wait.ts';
import { type Bench, type Figure, percentile } from './figure.ts';
import { withReleasedImage } from './released.ts';

type Report = { readonly rate?: number; readonly samplesMs?: readonly number[] };

const SERVICES = 10_000;
const POOLS = 50;
const CREATES = 500;
const REVIEWS = 5_000;
const OURS = ['-n', 'metallb-system'];
const PATIENCE = { every: 500, within: 120_000 };
const BUSY = /kube-proxy|kube-controller-manager|kube-scheduler/;

export const admission: Bench = {
  async run(say) {
    const lab = openLab('admbench', say);
    await lab.down();
    try {
      return await withReleasedImage(say, async (image) => {
        await lab.up({ nodes: 1, image, without: ['speaker'] });
        return measure(lab, say);
      });
    } finally {
      await lab.down();
    }
  },
};

async function measure(lab: Lab, say: (line: string) => void): Promise<Figure[]> {
  await scale(lab, 'webhook', 1);
  signalProcesses(lab.name, BUSY, 'SIGSTOP');
  say(`creating ${SERVICES} Services and ${POOLS} pools ...`);
  await load(lab, ['fill', String(SERVICES), String(POOLS)]);
  await pollUntil('all addresses', () => isServed(lab), PATIENCE);
  say('reviews and creates ...');
  const address = await lab.mustKubectl([
    'get',
    'pods',
    ...OURS,
    '-l',
    selector('webhook'),
    '-o',
    'jsonpath={.items[0].status.podIP}',
  ]);
  const flood = await load(lab, ['flood', String(REVIEWS), address]);
  await load(lab, ['creates', '100']);
  const reviewed = await load(lab, ['creates', String(CREATES)]);
  const memory = Math.max(...memoryOf(lab.name, /webhook\/main\.ts/));
  signalProcesses(lab.name, BUSY, 'SIGCONT');
  await scale(lab, 'webhook', 0);
  await lab.mustKubectl(['delete', 'validatingwebhookconfiguration', 'arpeggio']);
  signalProcesses(lab.name, BUSY, 'SIGSTOP');
  await load(lab, ['creates', '100']);
  const plain = await load(lab, ['creates', String(CREATES)]);
  return figuresOf({ reviewed, plain, flood, memory });
}

type Measured = { readonly reviewed: Report; readonly plain: Report; readonly flood: Report; readonly memory: number };

function figuresOf({ reviewed, plain, flood, memory }: Measured): Figure[] {
  const at = ({ samplesMs = [] }: Report, p: number) => percentile(samplesMs, p);
  const added = (p: number) => at(reviewed, p) - at(plain, p);
  const figure = (name: string, value: number, unit: string): Figure => ({ name, value, unit });
  return [
    figure('create without review, p50', at(plain, 0.5), 'ms'),
    figure('create without review, p99', at(plain, 0.99), 'ms'),
    figure('create with review, p50', at(reviewed, 0.5), 'ms'),
    figure('create with review, p99', at(reviewed, 0.99), 'ms'),
    { ...figure('added by the review, p50', added(0.5), 'ms'), aim: { relation: '<=', value: 3 } },
    { ...figure('added by the review, p99', added(0.99), 'ms'), aim: { relation: '<=', value: 10 } },
    { ...figure('reviews of one replica', flood.rate ?? 0, '1/s'), aim: { relation: '>=', value: 1_000 } },
    { ...figure('resident memory of one replica', memory, 'MB'), aim: { relation: '<=', value: 160 } },
  ];
}

async function load(lab: Lab, args: readonly string[]): Promise<Report> {
  const script = join(checkout, 'test/bench/admission-load.ts');
  const env = { KUBECONFIG: lab.files.kubeconfig };
  const { code, stdout, stderr } = await lab.exec('control', [process.execPath, script, ...args], { env });
  if (code !== 0) throw new Error(`Cannot load the API server: ${stderr}`);
  return JSON.parse(stdout) as Report;
}

/** All addresses come from one pool, the first by name. */
async function isServed(lab: Lab): Promise<boolean> {
  const path = 'jsonpath={.items[*].status.assignedIPv4}';
  const text = await lab.mustKubectl(['get', 'ipaddresspools', ...OURS, '-o', path]);
  return text.split(' ').reduce((sum, count) => sum + Number(count), 0) >= SERVICES;
}

async function scale(lab: Lab, program: string, replicas: number): Promise<void> {
  await lab.mustKubectl([...OURS, 'scale', `deployment/${program}`, `--replicas=${replicas}`]);
  const count = async () => {
    const text = await lab.mustKubectl([...OURS, 'get', 'pods', '-l', selector(program), '-o', 'name']);
    return text.split('\n').filter((line) => line !== '').length === replicas;
  };
  await pollUntil(`${replicas} Pods of ${program}`, count, PATIENCE);
}

function selector(program: string): string {
  return `app.kubernetes.io/component=${program}`;
}
