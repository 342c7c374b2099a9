// The images the lab can run: the backend and, unless the lab was given a released image, Arpeggio are this checkout on
// top of the machine's own programs; others are one program each that the lab was given.
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { LabRecord } from '../state.ts';

export type Image = {
  readonly entrypoint: readonly string[];
  readonly workingDir: string;
  readonly env: Readonly<Record<string, string>>;
  /** The folder of its own file system, where it has one. */
  readonly root?: string;
  /** A folder of the machine that the container sees as `/program`. */
  readonly program?: string;
};

const env = {
  PATH: '/app/node_modules/.bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/',
  NODE_ENV: 'production',
};
export const backendImage = 'arpeggio.dev/lab/backend';
const ourImage = 'ghcr.io/arpeggio/arpeggio';

export function findImage(name: string, { image: released, programs = {} }: LabRecord): Image | undefined {
  const program = programs[name];
  if (program !== undefined) {
    return { entrypoint: [`/program/${basename(program)}`], workingDir: '/', env, program: dirname(program) };
  }
  if (name === backendImage) {
    return { entrypoint: ['node', '/app/test/lab/backend-server.ts'], workingDir: '/app', env };
  }
  if (name !== ourImage && !name.startsWith(`${ourImage}:`)) return undefined;
  return released === undefined ? { entrypoint: ['node'], workingDir: '/app', env } : readUnpacked(released);
}

export function pullFailure(name: string): string {
  return `Cannot pull image: "${name}" is unknown to the lab, wanted ${ourImage}:TAG or ${backendImage}`;
}

type RuntimeConfig = {
  readonly process: { readonly args: readonly string[]; readonly cwd: string; readonly env: readonly string[] };
};

function readUnpacked(folder: string): Image {
  const { process } = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as RuntimeConfig;
  const variables = process.env.map(
    (text) => [text.split('=', 1)[0] ?? '', text.slice(text.indexOf('=') + 1)] as const,
  );
  const root = join(folder, 'rootfs');
  return { entrypoint: process.args, workingDir: process.cwd, env: Object.fromEntries(variables), root };
}
