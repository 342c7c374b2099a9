// `npm run release`: writes the bundles, the image, the manifests that name it and its bill of materials to dist/.
import { mkdirSync, writeFileSync } from 'node:fs';
import { arch } from 'node:os';
import { join } from 'node:path';
import { bundle } from './bundle.ts';
import { debianPackages, readSystem } from './debian.ts';
import { referenceOf, writeImage } from './image.ts';
import { formatLicences, packagesOf } from './licences.ts';
import { writeManifest } from './manifest.ts';
import { mergeBom, readNpmBom } from './sbom.ts';
import { checkout, readSource } from './source.ts';

const dist = join(checkout, 'dist');
const manifests = [
  { file: 'arpeggio.yaml', overlay: '' },
  { file: 'arpeggio-ebpf.yaml', overlay: 'ebpf' },
  { file: 'arpeggio-dual-cluster.yaml', overlay: 'dual-cluster' },
];
const say = (line: string) => process.stdout.write(`${line}\n`);

async function release(): Promise<void> {
  const source = readSource();
  mkdirSync(dist, { recursive: true });
  const inputs = await bundle(join(dist, 'app'));
  const packages = packagesOf(inputs);
  say(`dist/app: the programs, bundled with ${packages.length} npm packages`);

  const debian = debianPackages();
  const digest = writeImage(join(dist, 'image'), {
    ...{ source, debian },
    app: join(dist, 'app'),
    licences: formatLicences(packages),
  });
  const reference = referenceOf(source, digest);
  say(`dist/image: ${reference}`);

  const node = packagesOf([`node_modules/node-linux-${arch()}/bin/node`]);
  const materials = { source, debian, system: readSystem(), reference, packages: [...packages, ...node] };
  writeFileSync(join(dist, 'sbom.cdx.json'), mergeBom(readNpmBom(), materials));
  for (const { file, overlay } of manifests) {
    writeManifest(join(dist, file), overlay, { source, digest });
    say(`dist/${file}`);
  }
  say('dist/sbom.cdx.json');
}

release().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
});
