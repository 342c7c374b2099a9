// A layer of the image: a folder as a tar archive that is the same for the same files, compressed.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { digestOf, type Layer } from './oci.ts';
import { checkout, run } from './source.ts';

// Compressing Node takes longer than all else, and Node rarely changes.
const KEPT = join(checkout, 'dist/layers');

/** The same files give the same octets: names in order, one time, one owner, modes that no umask changed. */
export async function layerOf(title: string, epoch: number, fill: (root: string) => void): Promise<Layer> {
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
    const diffId = digestOf(bytes);
    return { title, diffId, gzip: await compress(bytes, diffId) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Forgets what no layer of the present image needs. */
export function forgetLayersBut(layers: readonly Layer[]): void {
  const wanted = new Set(layers.map(({ diffId }) => fileOf(diffId)));
  for (const file of readdirSync(KEPT)) if (!wanted.has(file)) rmSync(join(KEPT, file));
}

/** Another zlib may write other octets. */
function fileOf(diffId: string): string {
  return `${diffId.replace(':', '-')}-zlib-${process.versions.zlib}.gz`;
}

async function compress(bytes: Uint8Array, diffId: string): Promise<Uint8Array> {
  const file = join(KEPT, fileOf(diffId));
  if (existsSync(file)) return readFileSync(file);
  const compressed = await promisify(gzip)(bytes);
  mkdirSync(KEPT, { recursive: true });
  writeFileSync(`${file}.part`, compressed);
  renameSync(`${file}.part`, file);
  return compressed;
}
