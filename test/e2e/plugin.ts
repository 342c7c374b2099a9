// The command line as an operator has it: `kubectl arpeggio` in the lab.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Output, run } from '#test/lab/command.ts';
import type { Lab } from '#test/lab/lab.ts';
import { checkout } from '#test/lab/state.ts';

export function arpeggio(lab: Lab, args: readonly string[]): Promise<Output> {
  return kubectlWithPlugin(lab, ['arpeggio', ...args]);
}

export function kubectlWithPlugin(lab: Lab, args: readonly string[]): Promise<Output> {
  const { argv, env } = pluginCommand(lab, args);
  return run(argv, { env });
}

/** The plugin starts the Node of its own checkout, whatever else is on the PATH. */
export function pluginCommand(lab: Lab, args: readonly string[]): ReturnType<Lab['kubectlCommand']> {
  const { argv, env } = lab.kubectlCommand(args);
  return { argv, env: { ...env, PATH: `${join(checkout, 'cli')}:${process.env['PATH']}` } };
}

/** The kubeconfig of a user who may read what is needed, once and not watch it, and nothing else. */
export async function allowFew(lab: Lab): Promise<string> {
  const resources = 'services,nodes,namespaces,configmaps,endpointslices.discovery.k8s.io';
  const pools = 'ipaddresspools.metallb.io,l2advertisements.metallb.io';
  await lab.mustKubectl(['create', 'clusterrole', 'few', '--verb=get,list', `--resource=${resources},${pools}`]);
  await lab.mustKubectl(['create', 'clusterrolebinding', 'few', '--clusterrole=few', '--user=few']);
  return impersonating(lab, 'few');
}

/** The admin's kubeconfig in the name of another user. */
function impersonating(lab: Lab, user: string): string {
  const config = JSON.parse(readFileSync(lab.files.kubeconfig, 'utf8')) as { users: { user: object }[] };
  const users = config.users.map((one) => ({ ...one, user: { ...one.user, as: user } }));
  const file = join(dirname(lab.files.kubeconfig), `${user}.kubeconfig`);
  writeFileSync(file, JSON.stringify({ ...config, users }), { mode: 0o600 });
  return file;
}
