// Renders manifests/ into one file each, with the released image in the place of the one they name.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout, imageName, run, type Source } from './source.ts';

/** `overlay` is a folder below manifests/, empty for the whole. */
export function writeManifest(file: string, overlay: string, image: { source: Source; digest: string }): void {
  const folder = join(checkout, 'dist/kustomize');
  mkdirSync(folder, { recursive: true });
  const kustomization = {
    resources: [join('../../manifests', overlay)],
    images: [{ name: imageName, newTag: image.source.version, digest: image.digest }],
  };
  writeFileSync(join(folder, 'kustomization.yaml'), JSON.stringify(kustomization));
  writeFileSync(file, run(join(binaries(), 'kubectl'), ['kustomize', folder]));
  rmSync(folder, { recursive: true });
}

function binaries(): string {
  return run('sh', ['test/lab/binaries/build.sh']).trim();
}
