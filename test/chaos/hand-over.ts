// Services wait for addresses while the controller that writes them is killed, stopped or cut off, again and again.
import fc from 'fast-check';
import type { Lab } from '#test/lab/lab.ts';
import { findProcesses } from '#test/lab/processes.ts';
import { pollUntil } from '#test/lab/wait.ts';
import { type AddressReport, createServices, followAddresses } from './follow.ts';

export type Fault = 'kill' | 'stop' | 'cut';

export type HandOverPlan = {
  readonly services: number;
  readonly faults: readonly Fault[];
  readonly seed: number;
};

export type HandOverReport = AddressReport & { readonly holders: readonly string[] };

const PATIENCE = { every: 100, within: 60_000 };
const OURS = ['-n', 'metallb-system'];

/** A lab of two nodes without webhook and speakers, with a pool of a /16, comes in and is left with all Services served. */
export async function handOver(lab: Lab, { services, faults, seed }: HandOverPlan): Promise<HandOverReport> {
  await lab.mustKubectl([...OURS, 'scale', 'deployment/controller', '--replicas=0']);
  await lab.mustKubectl([...OURS, 'wait', '--for=delete', 'pod', '-l', 'app.kubernetes.io/component=controller']);
  await createServices(lab, 'default', { count: services });
  const holders: string[] = [];
  const following = followAddresses(lab, 'default');
  await lab.mustKubectl([...OURS, 'scale', 'deployment/controller', '--replicas=2']);

  // Each fault strikes when a random further part of the Services has its address.
  const marks = fc
    .sample(fc.integer({ min: 1, max: services - 1 }), { numRuns: faults.length, seed })
    .sort((a, b) => a - b);
  for (const [i, fault] of faults.entries()) {
    await pollUntil(`${marks[i]} Services to be served`, () => following.served() >= (marks[i] ?? 0), {
      ...PATIENCE,
      every: 5,
    });
    holders.push(await strike(lab, fault));
  }
  await pollUntil(`all ${services} Services to be served`, () => following.served() === services, {
    ...PATIENCE,
    within: 300_000,
  });
  return { ...(await following.end()), holders };
}

/** Hits the replica that holds the Lease and waits until another one holds it; then lets it live again. */
async function strike(lab: Lab, fault: Fault): Promise<string> {
  const holder = await pollUntil('a holder of the Lease', () => holderOf(lab), PATIENCE);
  const pod = holder.split('_')[0] ?? '';
  const [pid] = await pollUntil(`the process of ${pod}`, () => notEmpty(findController(lab, pod)), PATIENCE);
  const mend = await hit(lab, fault, pid ?? 0);
  try {
    await pollUntil(
      'another holder',
      async () => {
        const now = await holderOf(lab);
        return now !== '' && now !== holder;
      },
      PATIENCE,
    );
  } finally {
    await mend();
  }
  return holder;
}

async function hit(lab: Lab, fault: Fault, pid: number): Promise<() => Promise<unknown>> {
  if (fault === 'kill') {
    process.kill(pid, 'SIGKILL');
    return async () => undefined;
  }
  if (fault === 'stop') {
    process.kill(pid, 'SIGSTOP');
    return async () => process.kill(pid, 'SIGCONT');
  }
  const inPod = ['nsenter', '-t', String(pid), '-n', 'nft'];
  await lab.exec('control', [
    ...inPod,
    'add table ip cut; add chain ip cut out { type filter hook output priority 0; policy drop; }',
  ]);
  return () => lab.exec('control', [...inPod, 'delete table ip cut']);
}

function findController(lab: Lab, pod: string): number[] {
  return findProcesses(lab.name, /^node .*controller\/main\.ts/, `POD_NAME=${pod}`);
}

async function holderOf(lab: Lab): Promise<string> {
  const path = 'jsonpath={.spec.holderIdentity}';
  const { stdout } = await lab.kubectl([...OURS, 'get', 'lease', 'arpeggio-controller', '-o', path]);
  return stdout.trim();
}

function notEmpty<T>(list: T[]): T[] | undefined {
  return list.length > 0 ? list : undefined;
}
