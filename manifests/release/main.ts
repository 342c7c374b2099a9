// `npm run release`: writes the programs, bundled, and the image of them to dist/.
import { join } from 'node:path';
import { bundle } from './bundle.ts';
import { debianPackages } from './debian.ts';
import { referenceOf, writeImage } from './image.ts';
import { formatLicences, packagesOf } from './licences.ts';
import { checkout, readSource } from './source.ts';

const dist = join(checkout, 'dist');
const say = (line: string) => process.stdout.write(`${line}\n`);

const source = readSource();
const packages = packagesOf(await bundle(join(dist, 'app')));
say(`dist/app: the programs, bundled with ${packages.length} npm packages`);
const digest = writeImage(join(dist, 'image'), {
  ...{ source, debian: debianPackages() },
  app: join(dist, 'app'),
  licences: formatLicences(packages),
});
say(`dist/image: ${referenceOf(source, digest)}`);
