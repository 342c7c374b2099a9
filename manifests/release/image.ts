// The container image: what Node needs of Debian, Node, and the bundles, a layer each, written as an OCI image layout.
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { arch, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type DebianPackage, unpack } from './debian.ts';
import { digestOf, type Layer, layoutOf } from './oci.ts';
import { checkout, imageName, run, type Source } from './source.ts';

const ARCHITECTURES: { readonly [arch: string]: string } = { x64: 'amd64', arm64: 'arm64' };

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
  readonly debian: readonly DebianPackage[];
};

/** Writes the layout; answers the digest by which a registry will know the image. */
export function writeImage(folder: string, { source, app, licences, debian }: ImageParts): string {
  const { version, commit, epoch } = source;
  const layers = [
    layerOf('Debian packages', epoch, (root) => fillBase(root, debian)),
    layerOf(`Node ${process.version}`, epoch, fillNode),
    layerOf(`Arpeggio ${version}`, epoch, (root) => {
      cpSync(app, join(root, 'app'), { recursive: true, verbatimSymlinks: true });
      writeFileSync(join(root, 'app/LICENCES.txt'), licences);
    }),
  ];
  const created = new Date(epoch * 1000).toISOString();
  const layout = layoutOf(layers, {
    ...{ architecture: architecture(), tag: version, created },
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
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'blobs/sha256'), { recursive: true });
  for (const { digest, bytes } of layout.blobs) writeFileSync(join(folder, 'blobs', digest.replace(':', '/')), bytes);
  writeFileSync(join(folder, 'index.json'), layout.index);
  writeFileSync(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  return layout.digest;
}

export function referenceOf({ version }: Source, digest: string): string {
  return `${imageName}:${version}@${digest}`;
}

function architecture(): string {
  const found = ARCHITECTURES[arch()];
  if (found === undefined) throw new Error(`Cannot make an image for "${arch()}": wanted x64 or arm64`);
  return found;
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
  // Debian 13 and later unpack to /usr alone, and the loader is asked for at /lib64.
  for (const name of ['lib', 'lib64']) {
    if (!existsSync(join(root, name))) symlinkSync(`usr/${name}`, join(root, name));
  }
}

function fillNode(root: string): void {
  const home = join(checkout, 'node_modules', `node-linux-${arch()}`);
  mkdirSync(join(root, 'usr/local/share/doc/node'), { recursive: true });
  cpSync(join(home, 'bin'), join(root, 'usr/local/bin'), { recursive: true });
  cpSync(join(home, 'LICENSE'), join(root, 'usr/local/share/doc/node/LICENSE'));
}

/** The same files give the same octets: names in order, one time, one owner, modes that no umask changed. */
function layerOf(title: string, epoch: number, fill: (root: string) => void): Layer {
  const folder = mkdtempSync(join(tmpdir(), 'arpeggio-layer-'));
  try {
    const root = join(folder, 'root');
    mkdirSync(root);
    fill(root);
    const same = [
      '--sort=name',
      `--mtime=@${epoch}`,
      '--owner=0',
      '--group=0',
      '--numeric-owner',
      '--mode=u=rwX,go=rX',
    ];
    const archive = join(folder, 'layer.tar');
    run('tar', [...same, '--format=gnu', '-C', root, '-cf', archive, '.']);
    const bytes = readFileSync(archive);
    return { title, diffId: digestOf(bytes), gzip: gzipSync(bytes) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
