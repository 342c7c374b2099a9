// The command line: `validate` holds files against the rules of admission, offline or against a live cluster.
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { NAMESPACE_DEFAULT } from '#core/names.ts';
import type { ReviewSettings } from '#core/rules/review.ts';
import { openCluster } from '#platform/cluster.ts';
import { describeError } from '#platform/log.ts';
import { type File, readManifests } from './documents.ts';
import { noCluster, readPresent } from './present.ts';
import { formatReports, isRefused } from './print.ts';
import { validateManifests } from './validate.ts';

type ValidateOptions = {
  readonly context?: string;
  readonly namespace: string;
  readonly configNamespace: string;
  readonly lbClass?: string;
};

const DENIED = 1;
const FAILED = 2;

const program = new Command('arpeggio').description('load balancer addresses for bare-metal Kubernetes');

program
  .command('validate')
  .description('check pools, advertisements and Services in YAML files as admission would; exit code 1 on a denial')
  .argument('<file...>', 'YAML files, - is standard input')
  .option('--context <name>', 'check against the live cluster of this kubeconfig context')
  .option('-n, --namespace <name>', 'namespace of objects that name none', 'default')
  .option('--config-namespace <name>', 'where pool configuration is read', NAMESPACE_DEFAULT)
  .option('--lb-class <name>', 'spec.loadBalancerClass of the Services that are ours')
  .action(validate);

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${describeError(error)}\n`);
  process.exitCode = FAILED;
}

async function validate(names: string[], options: ValidateOptions): Promise<void> {
  const settings: ReviewSettings = {
    namespace: options.configNamespace,
    loadBalancerClass: options.lbClass,
    onServiceProblems: 'deny',
  };
  const read = names.map(readFile).map((file) => readManifests(file, options.namespace));
  const unreadable = read.flatMap((one) => one.unreadable);
  const { context } = options;
  const present = context === undefined ? noCluster(settings) : await readPresent(openCluster(context), settings);
  const reports = validateManifests(
    read.flatMap(({ manifests }) => manifests),
    present,
  );
  process.stdout.write(formatReports(reports, unreadable));
  if (isRefused(reports, unreadable)) process.exitCode = DENIED;
}

function readFile(name: string): File {
  try {
    return name === '-' ? { name: 'stdin', text: readFileSync(0, 'utf8') } : { name, text: readFileSync(name, 'utf8') };
  } catch (cause) {
    throw new Error(`Cannot read "${name}"`, { cause });
  }
}
