// The Debian packages that test/setup.sh brought: what they are, and their files.
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { checkout, run } from './source.ts';

export type DebianPackage = {
  readonly file: string;
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
};

export function debianPackages(): DebianPackage[] {
  const files = globSync('dist/debian/*.deb', { cwd: checkout }).sort();
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
