// The command line as an operator has it: `kubectl arpeggio` in the lab.
import { join } from 'node:path';
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
