// Installs Arpeggio from the checkout's manifests and waits until every program of it works.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LabFailure, messageOf, quoteAll } from './failure.ts';
import type { KubectlRun } from './kubectl.ts';
import { checkout } from './state.ts';

export const programs = ['webhook', 'controller', 'speaker'] as const;
export type Program = (typeof programs)[number];
export const ourNamespace = 'metallb-system';
const workloads: Record<Program, string> = {
  webhook: 'deployment/webhook',
  controller: 'deployment/controller',
  speaker: 'daemonset/speaker',
};

export function parseProgram(text: string): Program {
  const found = programs.find((program) => program === text);
  if (found) return found;
  throw new LabFailure(`Cannot find program: "${text}", wanted one of ${quoteAll(programs)}`);
}

export type Installation = {
  readonly kubectl: KubectlRun;
  readonly say: (line: string) => void;
  /** The last lines a program wrote, for the case that it does not start. */
  readonly lastLines: (program: string) => string;
};
export type InstallOptions = {
  readonly without?: readonly Program[] | undefined;
  /** Say it and go on when a program does not become ready; otherwise that is a failure. */
  readonly mayFail?: boolean | undefined;
  readonly patienceSeconds?: number | undefined;
  /** A folder of manifests/ to apply in the place of the whole. */
  readonly overlay?: string | undefined;
  /** A file to apply in the place of manifests/. */
  readonly manifest?: string | undefined;
};

export async function install(installation: Installation, options: InstallOptions): Promise<void> {
  const { without = [], mayFail = false, patienceSeconds = 60 } = options;
  const { kubectl, say } = installation;
  await kubectl.must(['apply', ...manifestsOf(options)]);
  say('manifests: applied');
  for (const program of without) say(`${program}: not started, as asked`);
  const rollouts = programs
    .filter((program) => !without.includes(program))
    .map((program) => rolledOut(installation, program, patienceSeconds));
  const failures = (await Promise.allSettled(rollouts)).filter((result) => result.status === 'rejected');
  for (const { reason } of failures) {
    if (!mayFail) throw reason;
    say(messageOf(reason));
  }
}

function manifestsOf({ manifest, overlay = '' }: InstallOptions): string[] {
  if (manifest !== undefined) return ['-f', manifest];
  const folder = join(checkout, 'manifests', overlay);
  if (existsSync(join(folder, 'kustomization.yaml'))) return ['-k', folder];
  throw new LabFailure(`Cannot install Arpeggio: "${folder}" has no kustomization.yaml`);
}

export async function rolledOut(
  { kubectl, say, lastLines }: Installation,
  program: Program,
  patienceSeconds: number,
): Promise<void> {
  const timeout = `--timeout=${patienceSeconds}s`;
  const waits = [
    ['rollout', 'status', workloads[program], '-n', ourNamespace, timeout],
    ...(program === 'webhook' ? [['wait', '--for=create', 'validatingwebhookconfiguration/arpeggio', timeout]] : []),
  ];
  for (const wait of waits) {
    const { code, stderr } = await kubectl.try(wait);
    if (code === 0) continue;
    throw new LabFailure(`Cannot start ${program}: ${stderr.trim()}; its last words:\n${lastLines(program)}`);
  }
  say(`${program}: ready`);
}

/** Deletes a Deployment's Pods and waits for their successors. */
export async function restart(installation: Installation, program: 'controller' | 'webhook'): Promise<void> {
  const { kubectl, say } = installation;
  const selector = `app.kubernetes.io/name=arpeggio,app.kubernetes.io/component=${program}`;
  const deleted = await kubectl.must(['delete', 'pod', '-n', ourNamespace, '-l', selector]);
  for (const line of deleted.trim().split('\n')) say(line);
  await rolledOut(installation, program, 60);
}
