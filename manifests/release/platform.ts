// The platforms an image can be for, by the names that OCI (and Debian), Node and GNU have for them, and what is made for each.
import { arch } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkout } from './source.ts';

export type Platform = {
  /** As OCI, Kubernetes and Debian name it. */
  readonly architecture: string;
  /** As Node names it. */
  readonly cpu: string;
};

const PLATFORMS: readonly Platform[] = [
  { architecture: 'amd64', cpu: 'x64' },
  { architecture: 'arm64', cpu: 'arm64' },
];

/** Compiled for each platform, by their places in the checkout and in the image's /app. */
export const NATIVE = ['speaker/native/arpeggio.node', 'node_modules/raw-socket/build/Release/raw.node'];

/** All of them, or those that the arguments name: `--platform linux/amd64`. */
export function parsePlatforms(args: readonly string[]): readonly Platform[] {
  const { values } = parseArgs({ args: [...args], options: { platform: { type: 'string', multiple: true } } });
  const names = values.platform?.flatMap((value) => value.split(',')) ?? PLATFORMS.map(formatPlatform);
  for (const name of names) {
    if (PLATFORMS.some((platform) => formatPlatform(platform) === name)) continue;
    const known = PLATFORMS.map(formatPlatform).join(' or ');
    throw new Error(`Cannot make an image for "${name}": wanted ${known}`);
  }
  return PLATFORMS.filter((platform) => names.includes(formatPlatform(platform)));
}

export function formatPlatform({ architecture }: Platform): string {
  return `linux/${architecture}`;
}

/** Where its npm packages and native addons are: the checkout, or what test/setup.sh made for another machine. */
export function homeOf({ architecture, cpu }: Platform): string {
  return cpu === arch() ? checkout : join(checkout, 'dist', `linux-${architecture}`);
}

/** The npm package that is its Node. */
export function nodeOf({ cpu }: Platform): string {
  return `node_modules/node-linux-${cpu}`;
}
