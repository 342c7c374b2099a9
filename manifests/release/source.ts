// What is released: the checkout, its version and the moment of its commit, the only clock of a release.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export type Source = {
  readonly version: string;
  /** With "-dirty" when files differ from it. */
  readonly commit: string;
  /** Seconds since 1970, or SOURCE_DATE_EPOCH where it is set. */
  readonly epoch: number;
};

export const checkout = dirname(dirname(import.meta.dirname));
/** As manifests/ name it, without a tag. */
export const imageName = 'ghcr.io/arpeggio/arpeggio';

export function readSource(): Source {
  const { version } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as { version: string };
  const commit = run('git', ['describe', '--always', '--dirty', '--abbrev=40', '--exclude=*']).trim();
  const epoch = Number(process.env['SOURCE_DATE_EPOCH'] ?? run('git', ['log', '-1', '--format=%ct']));
  if (Number.isInteger(epoch)) return { version, commit, epoch };
  throw new Error(`Cannot release: SOURCE_DATE_EPOCH is "${process.env['SOURCE_DATE_EPOCH']}", wanted seconds`);
}

export function referenceOf({ version }: Source, digest: string): string {
  return `${imageName}:${version}@${digest}`;
}

/** Runs a command in the checkout to its end; what it says of its progress goes to the terminal. */
export function run(command: string, args: readonly string[]): string {
  const stdio = ['ignore' as const, 'pipe' as const, 'inherit' as const];
  try {
    return execFileSync(command, args, { cwd: checkout, encoding: 'utf8', maxBuffer: 2 ** 26, stdio });
  } catch (cause) {
    const { status = null, code = '' } = cause as { readonly status?: number | null; readonly code?: string };
    const ending = status === null ? code : `exit code ${status}`;
    throw new Error(`Cannot run ${command} ${args[0]}: ${ending}, wanted success`, { cause });
  }
}
