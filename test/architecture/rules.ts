// The rules of the house as a pure function over source files (ARCHITECTURE.md says why each stands).
import { posix } from 'node:path';

export type SourceFile = { readonly path: string; readonly text: string };

const PROGRAMS = ['webhook', 'controller', 'speaker', 'certs', 'cli'];

/** What a folder may import from other folders of the project; a folder not named here may import anything. */
const FOLDERS: { readonly [folder: string]: readonly string[] } = {
  core: ['core'],
  platform: ['core', 'platform'],
  certs: ['core', 'platform', 'certs'],
  webhook: ['core', 'platform', 'certs', 'webhook'],
  controller: ['core', 'platform', 'controller'],
  speaker: ['core', 'platform', 'speaker'],
  cli: ['core', 'platform', 'cli'],
  manifests: ['manifests'],
};

/** What the programs decide by, pure, and asked by the command line too: it must say what they would do (ADR 12). */
const DECISIONS = [
  'controller/allocate.ts',
  'controller/world.ts',
  'speaker/candidates.ts',
  'speaker/plan.ts',
  'speaker/world.ts',
];

/** Packages with one home. */
const HOMES: { readonly [name: string]: string } = {
  '@kubernetes/client-node': 'platform',
  undici: 'platform',
  express: 'webhook',
  'node-forge': 'certs',
  'raw-socket': 'speaker',
  'lit-html': 'cli',
  esbuild: 'manifests',
};

/** All that core may import from outside itself, with the names it may take. */
const CORE_IMPORTS: { readonly [name: string]: readonly string[] | 'any' } = {
  'node:net': ['isIP'],
  'node:crypto': ['createHash'],
  yaml: 'any',
  ajv: 'any',
};

/** Files of the programs that touch the world. Every other file of a program, and all of core, is pure. */
const EDGES = [
  /^platform\//,
  /^(webhook|controller|speaker|certs|cli)\/main\.ts$/,
  /^certs\/(authority|secret)\.ts$/,
  /^cli\/(actions|drain|ui\/run)\.ts$/,
  /^controller\/(apply|heartbeat-secret|pass)\.ts$/,
  /^webhook\/(server|registration|serving|review-app|live)\.ts$/,
  /^speaker\/(announcer|conflict-reports|guard|icmp6|iface-monitor|incumbents|l2-status-writer|leaving|links|packet-socket|patience|settings|speaker|uplink-probe|wire-iface)\.ts$/,
  /^speaker\/kernel\/responder\.ts$/,
  /^speaker\/heartbeat\/(alive-slot|socket|worker|channel)\.ts$/,
];

const IMPURE =
  /\bDate\.now\b|\bnew Date\(\)|\bperformance\.|\bhrtime\b|\bMath\.random\b|\brandomBytes\b|\brandomUUID\b|\bprocess\.|\bsetTimeout\b|\bsetInterval\b|\bsetImmediate\b|\bconsole\./;

const FILE_LINES_MOST = 250;

/** One sentence for each broken rule. */
export function findViolations(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => [...importViolations(file), ...purityViolations(file), ...sizeViolations(file)]);
}

type Import = { readonly from: string; readonly names: readonly string[]; readonly typeOnly: boolean };

function importViolations({ path, text }: SourceFile): string[] {
  const folder = path.split('/')[0] ?? '';
  return importsOf(text).flatMap((found) => [
    ...folderViolation(path, folder, found),
    ...homeViolation(path, folder, found),
    ...(folder === 'core' ? coreViolation(path, found) : []),
  ]);
}

function folderViolation(path: string, folder: string, { from }: Import): string[] {
  const target = folderOf(path, from);
  const allowed = FOLDERS[folder];
  if (target === undefined || allowed === undefined || allowed.includes(target)) return [];
  if (folder === 'cli' && DECISIONS.includes(from.slice(1))) return [];
  const what =
    PROGRAMS.includes(folder) && PROGRAMS.includes(target)
      ? 'programs never import each other'
      : 'wanted another way round';
  return [`${path} imports "${from}": ${what}`];
}

/** The top-level folder that an import leads to; undefined for packages. */
function folderOf(path: string, from: string): string | undefined {
  if (from.startsWith('.')) return posix.normalize(posix.join(posix.dirname(path), from)).split('/')[0];
  return /^#([a-z]+)\//.exec(from)?.[1];
}

function homeViolation(path: string, folder: string, { from, typeOnly }: Import): string[] {
  const home = Object.entries(HOMES).find(([name]) => from === name || from.startsWith(`${name}/`))?.[1];
  if (home === undefined || home === folder || folder === 'test' || typeOnly) return [];
  return [`${path} imports "${from}", which only ${home}/ may import`];
}

function coreViolation(path: string, { from, names, typeOnly }: Import): string[] {
  if (folderOf(path, from) === 'core') return [];
  const allowed = CORE_IMPORTS[from];
  if (allowed === 'any' || (typeOnly && allowed !== undefined)) return [];
  if (allowed !== undefined && names.every((name) => allowed.includes(name))) return [];
  return [`${path} imports "${from}", which core/ may not import`];
}

function purityViolations({ path, text }: SourceFile): string[] {
  const folder = path.split('/')[0] ?? '';
  if (!(folder === 'core' || PROGRAMS.includes(folder)) || EDGES.some((edge) => edge.test(path))) return [];
  const code = text.split('\n').map((line) => line.replace(/(^|\s)(\/\/|\*|\/\*).*$/, ''));
  return code.flatMap((line, i) => {
    const match = IMPURE.exec(line);
    return match
      ? [`${path}:${i + 1} uses ${match[0]} in a pure file: pass time, randomness and settings as parameters`]
      : [];
  });
}

function sizeViolations({ path, text }: SourceFile): string[] {
  const lines = text.trimEnd().split('\n').length;
  return lines > FILE_LINES_MOST ? [`${path} has ${lines} lines, wanted at most ${FILE_LINES_MOST}`] : [];
}

function importsOf(text: string): Import[] {
  const statements = text.matchAll(/^(?:import|export)\s+(type\s+)?(?:([\w\s{},*$]+?)\s+from\s+)?'([^']+)'/gm);
  const dynamic = Array.from(text.matchAll(/\bimport\(\s*'([^']+)'/g), ([, from = '']) => from);
  const named = Array.from(statements, ([, typeOnly, clause = '', from = '']) => {
    const inner = /\{([^}]*)\}/.exec(clause)?.[1] ?? clause;
    const words = inner
      .split(',')
      .map((word) => word.trim())
      .filter((word) => word !== '');
    const values = words.filter((word) => !word.startsWith('type '));
    return { from, names: values, typeOnly: typeOnly !== undefined || (words.length > 0 && values.length === 0) };
  });
  return [...named, ...dynamic.map((from) => ({ from, names: ['*'], typeOnly: false }))];
}
