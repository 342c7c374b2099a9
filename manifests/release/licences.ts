// The npm packages that went into the bundles, and their licences as one text.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from './source.ts';

export type Package = {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  /** The texts that came with it, or its README where it holds the licence. */
  readonly text: string;
};

type Description = { readonly name: string; readonly version: string; readonly license: string };

/** Of files of a folder, the checkout unless another is named: the packages they belong to, by name and version. */
export function packagesOf(files: readonly string[], home = checkout): Package[] {
  const folders = new Set(files.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []));
  const packages = [...folders].map((folder) => readPackage(join(home, folder)));
  return [...new Map(packages.sort(byKey).map((found) => [keyOf(found), found])).values()];
}

export function keyOf({ name, version }: Pick<Package, 'name' | 'version'>): string {
  return `${name}@${version}`;
}

export function formatLicences(packages: readonly Package[]): string {
  const chapters = packages.map((found) => `${keyOf(found)} (${found.licence})\n\n${found.text.trim()}\n`);
  return chapters.join(`\n${'-'.repeat(100)}\n\n`);
}

function readPackage(path: string): Package {
  const { name, version, license } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as Description;
  const names = readdirSync(path).sort();
  const texts = names.filter((file) => /^(licen[cs]e|copying|notice)([.-]|$)/i.test(file));
  const chosen = texts.length > 0 ? texts : names.filter((file) => /^readme/i.test(file));
  if (chosen.length === 0) throw new Error(`Cannot keep the licence of "${name}": no text in "${path}"`);
  const text = chosen.map((file) => readFileSync(join(path, file), 'utf8').trim()).join('\n\n');
  return { name, version, licence: license, text };
}

function byKey(a: Package, b: Package): number {
  return keyOf(a) < keyOf(b) ? -1 : 1;
}
