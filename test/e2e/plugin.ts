// The command line as an operator has it: `kubectl arpeggio` in the lab.
import { join } from 'node:path';
import { type Output, run } from '#test/lab/command.ts';
import type { Lab } from '#test/lab/lab.ts';
import { checkout } from '#test/lab/state.ts';

/** The plugin starts the Node of its own checkout, whatever else is on the PATH. */
export function arpeggio(lab: Lab, args: readonly string[]): Promise<Output> {
  const { argv, env } = lab.kubectlCommand(['arpeggio', ...args]);
  return run(argv, { env: { ...env, PATH: `${join(checkout, 'cli')}:${process.env['PATH']}` } });
}
