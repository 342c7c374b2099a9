// The images the lab can run: the backend and, unless the lab was given a released image, Arpeggio are this checkout on
// top of the machine's own programs; others are one program each that the lab was given.
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { LabRecord } from '../state.ts';

export type User = { readonly uid: number; readonly gid: number };
export type Image = {
  readonly entrypoint: readonly string[];
  readonly workingDir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly user: User;
  /** Where it was unpacked, as a bundle that runc would take; without it the checkout runs on the machine's programs. */
  readonly bundle?: Bundle;
  /** A folder of the machine that the container sees as `/program`, in the place of the checkout. */
  readonly program?: string;
};
/** A folder with a file system in `rootfs`, and the part of its `config.json` that a runtime's configuration begins with. */
export type Bundle = {
  readonly folder: string;
  readonly config: {
    readonly ociVersion: string;
    readonly process: {
      readonly args: readonly string[];
      readonly cwd: string;
      readonly env: readonly string[];
      readonly user: User;
    };
    readonly mounts: readonly object[];
    readonly linux: { readonly resources: object };
  };
};

const env = {
  PATH: '/app/node_modules/.bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/',
  NODE_ENV: 'production',
};
const ofCheckout = { entrypoint: ['node'], workingDir: '/app', env, user: { uid: 0, gid: 0 } };
export const backendImage = 'arpeggio.dev/lab/backend';
const ourImage = 'ghcr.io/arpeggio/arpeggio';

export function findImage(name: string, { image: released, programs = {} }: LabRecord): Image | undefined {
  const program = programs[name];
  if (program !== undefined) {
    const entrypoint = [`/program/${basename(program)}`];
    return { ...ofCheckout, entrypoint, workingDir: '/', program: dirname(program) };
  }
  if (name === backendImage) return { ...ofCheckout, entrypoint: ['node', '/app/test/lab/backend-server.ts'] };
  if (name !== ourImage && !name.startsWith(`${ourImage}:`)) return undefined;
  return released === undefined ? ofCheckout : readUnpacked(released);
}

export function pullFailure(name: string): string {
  return `Cannot pull image: "${name}" is unknown to the lab, wanted ${ourImage}:TAG or ${backendImage}`;
}

function readUnpacked(folder: string): Image {
  const config = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as Bundle['config'];
  const { args, cwd, env, user } = config.process;
  const variables = env.map((text) => [text.split('=', 1)[0] ?? '', text.slice(text.indexOf('=') + 1)] as const);
  const bundle = { folder, config };
  return { entrypoint: args, workingDir: cwd, env: Object.fromEntries(variables), user, bundle };
}
