// The container image, for each platform: what Node needs of Debian, Node, the bundles and their native code, a layer each,
// written as an OCI image layout. The bundles are the same on all platforms.
import { cpSync, existsSync, globSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { type DebianPackage, unpack } from './debian.ts';
import { forgetLayersBut, layerOf } from './layer.ts';
import { type Layout, layoutOf } from './oci.ts';
import { homeOf, NATIVE, nodeOf, type Platform } from './platform.ts';
import type { Source } from './source.ts';

/** No shell, no package manager: locales, character sets and manuals of the Debian packages stay out too. */
const LEFT_OUT = [
  'usr/share/locale',
  'usr/share/lintian',
  'usr/share/gcc',
  'usr/share/gdb',
  'usr/lib/*/gconv',
  'lib/*/gconv',
];

const FILES: { readonly [path: string]: string } = {
  'etc/passwd': 'root:x:0:0:root:/:/none\nnonroot:x:65532:65532:nonroot:/:/none\n',
  'etc/group': 'root:x:0:\nnonroot:x:65532:\n',
  'etc/nsswitch.conf': 'hosts: files dns\n',
};

export type ImageParts = {
  readonly source: Source;
  readonly app: string;
  readonly licences: string;
  readonly platforms: readonly { readonly platform: Platform; readonly debian: readonly DebianPackage[] }[];
};

/** What others made has no time at all, so that a new version of ours leaves its layers, and the nodes' copies of them, as they are. */
const OF_OTHERS = 0;

/** Writes the layout; its digests are those by which a registry will know the image. */
export async function writeImage(folder: string, { source, app, licences, platforms }: ImageParts): Promise<Layout> {
  const { version, commit, epoch } = source;
  const programs = await layerOf(`Arpeggio ${version}`, epoch, (root) => {
    const isNative = (path: string) => NATIVE.includes(relative(app, path));
    const filter = (path: string) => !isNative(path);
    cpSync(app, join(root, 'app'), { recursive: true, verbatimSymlinks: true, filter });
    writeFileSync(join(root, 'app/LICENCES.txt'), licences);
  });
  const images = platforms.map(async ({ platform, debian }) => ({
    architecture: platform.architecture,
    layers: [
      await layerOf('Debian packages', OF_OTHERS, (root) => fillBase(root, debian)),
      await layerOf(`Node ${process.version}`, OF_OTHERS, (root) => fillNode(root, platform)),
      programs,
      await layerOf(`Arpeggio ${version}, native code`, epoch, (root) => fillNative(root, platform)),
    ],
  }));
  const created = new Date(epoch * 1000).toISOString();
  const made = await Promise.all(images);
  const layout = layoutOf(made, {
    ...{ tag: version, created },
    annotations: {
      'org.opencontainers.image.title': 'arpeggio',
      'org.opencontainers.image.version': version,
      'org.opencontainers.image.revision': commit,
      'org.opencontainers.image.created': created,
      'org.opencontainers.image.licenses': 'Apache-2.0',
    },
    config: {
      User: '65532:65532',
      Env: ['PATH=/usr/local/bin', 'HOME=/', 'NODE_ENV=production'],
      Entrypoint: ['node'],
      WorkingDir: '/app',
    },
  });
  forgetLayersBut(made.flatMap(({ layers }) => layers));
  writeLayout(folder, layout);
  return layout;
}

function writeLayout(folder: string, { blobs, index }: Layout): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'blobs/sha256'), { recursive: true });
  for (const { digest, bytes } of blobs) writeFileSync(join(folder, 'blobs', digest.replace(':', '/')), bytes);
  writeFileSync(join(folder, 'index.json'), index);
  writeFileSync(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
}

function fillBase(root: string, debian: readonly DebianPackage[]): void {
  for (const { file } of debian) unpack(file, root);
  for (const path of LEFT_OUT.flatMap((pattern) => globSync(pattern, { cwd: root }))) {
    rmSync(join(root, path), { recursive: true });
  }
  for (const [path, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  for (const path of ['run', 'tmp', 'var']) mkdirSync(join(root, path));
  symlinkSync('../run', join(root, 'var/run'));
  // Debian 13 and later unpack to /usr alone, and the loader is asked for at /lib64 (amd64) or /lib.
  for (const name of ['lib', 'lib64']) {
    if (existsSync(join(root, 'usr', name)) && !existsSync(join(root, name)))
      symlinkSync(`usr/${name}`, join(root, name));
  }
}

function fillNode(root: string, platform: Platform): void {
  const home = join(homeOf(platform), nodeOf(platform));
  mkdirSync(join(root, 'usr/local/share/doc/node'), { recursive: true });
  cpSync(join(home, 'bin'), join(root, 'usr/local/bin'), { recursive: true });
  cpSync(join(home, 'LICENSE'), join(root, 'usr/local/share/doc/node/LICENSE'));
}

function fillNative(root: string, platform: Platform): void {
  for (const file of NATIVE) {
    mkdirSync(dirname(join(root, 'app', file)), { recursive: true });
    cpSync(join(homeOf(platform), file), join(root, 'app', file));
  }
}
