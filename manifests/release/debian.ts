// The Debian packages that test/setup.sh brought: what they are, and their files.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Platform } from './platform.ts';
import { checkout, run } from './source.ts';

export type DebianPackage = {
  readonly file: string;
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
};

/** The distribution that the packages are of: this machine's. */
export type System = {
  readonly id: string;
  /** Empty where a release has no number, as Debian's unstable. */
  readonly versionId: string;
};

const OS_RELEASE = '/etc/os-release';

export function readSystem(): System {
  return parseSystem(readFileSync(OS_RELEASE, 'utf8'));
}

/** os-release(5): assignments as a shell reads them. */
export function parseSystem(text: string): System {
  const read = (name: string) => new RegExp(`^${name}=(["']?)(.*)\\1$`, 'm').exec(text)?.[2] ?? '';
  const id = read('ID');
  if (id === '')
    throw new Error(`Cannot name the Debian packages: ${OS_RELEASE} has no ID, wanted for example "debian"`);
  return { id, versionId: read('VERSION_ID') };
}

export function debianPackages({ architecture }: Platform): DebianPackage[] {
  const files = globSync(`dist/debian/${architecture}/*.deb`, { cwd: checkout }).sort();
  if (files.length === 0) throw new Error('Cannot make the image: no Debian packages, run sh test/setup.sh release');
  return files.map((file) => {
    const fields = run('dpkg-deb', ['--field', file, 'Package', 'Version', 'Architecture']);
    const read = (name: string) => new RegExp(`^${name}: (.+)$`, 'm').exec(fields)?.[1] ?? '';
    return {
      file: join(checkout, file),
      ...{ name: read('Package'), version: read('Version'), architecture: read('Architecture') },
    };
  });
}

export function unpack(file: string, root: string): void {
  run('dpkg-deb', ['--extract', file, root]);
}
