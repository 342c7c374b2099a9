// Bundles each program into one file of JavaScript at the place of its source, with the native addons and the BPF
// object beside it as in the checkout, so that every path the sources name holds in the image too.
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { NATIVE } from './platform.ts';
import { checkout } from './source.ts';

const ENTRIES = ['webhook/main', 'controller/main', 'speaker/main', 'speaker/heartbeat/worker', 'cli/main'];

/** Read at run time by path: what esbuild cannot see. */
const FILES = [
  ...NATIVE,
  'speaker/native/bpf/responder.bpf.o',
  ...globSync('cli/ui/page/*', { cwd: checkout }).sort(),
  'node_modules/lit-html/lit-html.js',
  'node_modules/raw-socket/package.json',
  'node_modules/raw-socket/index.js',
];

/** Compiled into raw.node. */
const HEADERS = ['node_modules/nan/nan.h'];

// Packages written as CommonJS ask for Node's own modules by `require`.
const REQUIRE =
  "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);";

/** Writes the tree of the image's /app; answers the files of the checkout that went into it. */
export async function bundle(folder: string): Promise<string[]> {
  rmSync(folder, { recursive: true, force: true });
  const inputs = await Promise.all(ENTRIES.map((entry) => bundleOne(entry, folder)));
  for (const file of FILES) copy(file, folder);
  return [...new Set([...inputs.flat(), ...FILES, ...HEADERS])].sort();
}

async function bundleOne(entry: string, folder: string): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: checkout,
    entryPoints: [`${entry}.ts`],
    outfile: join(folder, `${entry}.mjs`),
    ...{ bundle: true, platform: 'node', target: 'node24', format: 'esm', metafile: true, logLevel: 'warning' },
    banner: { js: REQUIRE },
    plugins: [keepPlaces(dirname(entry))],
  });
  // The command of a Pod names the source: `node webhook/main.ts` runs in the checkout and in the image.
  symlinkSync(`${entry.split('/').at(-1)}.mjs`, join(folder, `${entry}.ts`));
  const used = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.entries(inputs));
  return used.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([file]) => file);
}

/** A source that asks where it is gets the place it has in the checkout, not that of the bundle. */
function keepPlaces(home: string): Plugin {
  return {
    name: 'keep-places',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const place = `new URL('${relative(home, relative(checkout, path))}', import.meta.url).href`;
        return { contents: readFileSync(path, 'utf8').replaceAll('import.meta.url', place), loader: 'ts' };
      });
    },
  };
}

function copy(file: string, folder: string): void {
  const target = join(folder, file);
  mkdirSync(dirname(target), { recursive: true });
  cpSync(join(checkout, file), target);
}
