// `npm run release`: writes the bundles, the image, the manifests that name it and its bill of materials to dist/.
// For all platforms, or for those that `--platform linux/amd64` names.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from './bundle.ts';
import { debianPackages, readSystem } from './debian.ts';
import { writeImage } from './image.ts';
import { formatLicences, packagesOf } from './licences.ts';
import { writeManifest } from './manifest.ts';
import { formatPlatform, homeOf, nodeOf, parsePlatforms } from './platform.ts';
import { mergeBom, readNpmBom } from './sbom.ts';
import { checkout, readSource, referenceOf, run } from './source.ts';

const dist = join(checkout, 'dist');
const manifests = [
  { file: 'arpeggio.yaml', overlay: '' },
  { file: 'arpeggio-ebpf.yaml', overlay: 'ebpf' },
  { file: 'arpeggio-dual-cluster.yaml', overlay: 'dual-cluster' },
];
const say = (line: string) => process.stdout.write(`${line}\n`);

async function release(): Promise<void> {
  const platforms = parsePlatforms(process.argv.slice(2));
  run('sh', ['test/setup.sh', 'release', ...platforms.map(formatPlatform)]);
  const source = readSource();
  mkdirSync(dist, { recursive: true });
  const inputs = await bundle(join(dist, 'app'));
  const packages = packagesOf(inputs);
  say(`dist/app: the programs, bundled with ${packages.length} npm packages`);

  const parts = platforms.map((platform) => ({ platform, debian: debianPackages(platform) }));
  const { digest, digests } = await writeImage(join(dist, 'image'), {
    ...{ source, platforms: parts },
    app: join(dist, 'app'),
    licences: formatLicences(packages),
  });
  say(`dist/image: ${referenceOf(source, digest)} for ${platforms.map(formatPlatform).join(' and ')}`);

  const images = parts.map(({ platform, debian }) => ({
    ...{ architecture: platform.architecture, debian },
    digest: digests.get(platform.architecture) ?? '',
    node: packagesOf([join(nodeOf(platform), 'bin/node')], homeOf(platform)),
  }));
  const materials = { source, packages, images, system: readSystem(), digest };
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
