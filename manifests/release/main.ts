// `npm run release`: writes the programs, bundled, to dist/.
import { join } from 'node:path';
import { bundle } from './bundle.ts';
import { packagesOf } from './licences.ts';
import { checkout } from './source.ts';

const packages = packagesOf(await bundle(join(checkout, 'dist/app')));
process.stdout.write(`dist/app: the programs, bundled with ${packages.length} npm packages\n`);
