// The images the lab can run: both are this checkout on top of the machine's own programs.

export type Image = {
  readonly entrypoint: readonly string[];
  readonly workingDir: string;
  readonly env: Readonly<Record<string, string>>;
};

const env = {
  PATH: '/app/node_modules/.bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/',
  NODE_ENV: 'production',
};
export const backendImage = 'arpeggio.dev/lab/backend';
const ourImage = 'ghcr.io/arpeggio/arpeggio';

export function findImage(name: string): Image | undefined {
  if (name === backendImage) {
    return { entrypoint: ['node', '/app/test/lab/backend-server.ts'], workingDir: '/app', env };
  }
  if (name === ourImage || name.startsWith(`${ourImage}:`)) return { entrypoint: ['node'], workingDir: '/app', env };
  return undefined;
}

export function pullFailure(name: string): string {
  return `Cannot pull image: "${name}" is unknown to the lab, wanted ${ourImage}:TAG or ${backendImage}`;
}
