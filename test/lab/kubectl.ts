// kubectl as the lab's admin, from the control place.
import { join } from 'node:path';
import { type Output, run } from './command.ts';
import { LabFailure } from './failure.ts';
import { controlName, namespacePath } from './place.ts';
import { filesOf, type LabRecord } from './state.ts';

export type KubectlRun = {
  readonly prefix: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  try(args: readonly string[], stdin?: string): Promise<Output>;
  must(args: readonly string[], stdin?: string): Promise<string>;
};

export function openKubectl(record: LabRecord): KubectlRun {
  const namespace = namespacePath(record.name, controlName);
  const prefix = ['nsenter', `--net=${namespace}`, join(record.binaries, 'kubectl')];
  const { kubeconfig, kubectlCache } = filesOf(record.name);
  // What kubectl remembers of a cluster goes by its address, which all labs share.
  const env = { KUBECONFIG: kubeconfig, KUBECACHEDIR: kubectlCache };
  const attempt = (args: readonly string[], stdin?: string) => run([...prefix, ...args], { env, stdin });
  return {
    prefix,
    env,
    try: attempt,
    must: async (args, stdin) => {
      const { code, stdout, stderr } = await attempt(args, stdin);
      if (code === 0) return stdout;
      throw new LabFailure(`Cannot run kubectl ${args.join(' ')}: exit code ${code}, ${stderr.trim()}`);
    },
  };
}
