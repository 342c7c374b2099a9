// A release built from this checkout and unpacked: what an operator's cluster would run.
import { readFileSync } from 'node:fs';
import { arch } from 'node:os';
import { join } from 'node:path';
import { must } from './command.ts';
import { checkout } from './state.ts';

export async function buildRelease(): Promise<void> {
  await must(['npm', 'run', '-s', 'release']);
}

/** Of the release in dist/, for this machine unless another is named, into a folder that does not exist yet. */
export async function unpackImage(folder: string, architecture = arch() === 'x64' ? 'amd64' : arch()): Promise<void> {
  const { version } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as { version: string };
  await must(['umoci', 'unpack', '--image', `${join(checkout, 'dist/image')}:${version}-${architecture}`, folder]);
}
