// The command line, and as `kubectl arpeggio` a plugin of kubectl. All that touches the world is wired here.
import { readFileSync } from 'node:fs';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { ReviewSettings } from '#core/rules/review.ts';
import { type Cluster, openCluster } from '#platform/cluster.ts';
import { isSilent } from './announcement-findings.ts';
import { type File, readManifests } from './documents.ts';
import { setDraining, untilSilent } from './drain.ts';
import { parseDuration } from './duration.ts';
import { explainService, NO_EVIDENCE } from './explain.ts';
import { isFault } from './finding.ts';
import {
  type ClusterOptions,
  failureText,
  type OutputOptions,
  serviceKey,
  withCluster,
  withExitCodes,
  withOutput,
} from './options.ts';
import { noCluster, readCluster, readLastAnnounced, readPresent, readTold } from './present.ts';
import { formatReports, isRefused } from './print.ts';
import { formatDrained } from './print-drain.ts';
import { formatExplanation } from './print-explain.ts';
import { formatStatus } from './print-status.ts';
import { remainingOn } from './remaining.ts';
import { snapshotOf } from './snapshot.ts';
import { statusOf } from './status.ts';
import { validateManifests } from './validate.ts';

/** The answer is "no": something is wrong with what was looked at. */
const FAULT = 1;
/** There is no answer: wrong usage, no API server, no rights, no such object. */
const FAILED = 2;
const FAILED_TEXT = 'no answer: wrong usage, no API server, no rights, or no such object';

type ValidateOptions = ClusterOptions & { readonly namespace: string; readonly lbClass?: string };

const program = new Command('arpeggio')
  .description('load balancer addresses for bare-metal Kubernetes; as a plugin: kubectl arpeggio')
  .exitOverride();

withExitCodes(
  withOutput(
    withCluster(
      program.command('status').description('programs, pools, nodes and addresses, and what is wrong with them'),
    ),
  ),
  { 0: 'nothing is wrong', [FAULT]: 'an error was found', [FAILED]: FAILED_TEXT },
).action(status);

withExitCodes(withOutput(withCluster(program.command('explain'))), {
  0: 'the Service is served, as far as can be seen',
  [FAULT]: 'an error was found',
  [FAILED]: FAILED_TEXT,
})
  .description('why a Service has this address or none, who owns it, and what stands in the way')
  .argument('<service>', 'NAME or NAMESPACE/NAME')
  .option('-n, --namespace <name>', 'namespace of the Service (default: that of the context)')
  .action(explain);

withExitCodes(withOutput(withCluster(program.command('drain'))), {
  0: 'the node announces nothing',
  [FAULT]: 'time is up, and it still announces something',
  [FAILED]: FAILED_TEXT,
})
  .description('hand the addresses of a node over to other nodes and keep them there; Pods stay')
  .argument('<node>')
  .addOption(
    new Option('--timeout <duration>', 'wait so long for the node to announce nothing')
      .argParser(readDuration)
      .default(60_000, '60s'),
  )
  .action(drain);

withExitCodes(withCluster(program.command('undrain')), { 0: 'the annotation is gone', [FAILED]: FAILED_TEXT })
  .description('let a node that was drained announce again')
  .argument('<node>')
  .action(undrain);

withExitCodes(
  withCluster(program.command('validate'))
    .description('check pools, advertisements and Services in YAML files as admission would')
    .argument('<file...>', 'YAML files, - is standard input')
    .option('-n, --namespace <name>', 'namespace of objects that name none', 'default')
    .option('--lb-class <name>', 'spec.loadBalancerClass of the Services that are ours')
    .addHelpText('after', '\nWithout --context and --kubeconfig no cluster is asked.'),
  { 0: 'all would be admitted', [FAULT]: 'something would be denied', [FAILED]: FAILED_TEXT },
).action(validate);

try {
  await program.parseAsync();
} catch (error) {
  const isHelp = error instanceof CommanderError && error.exitCode === 0;
  // What commander has to say it has said.
  if (!(error instanceof CommanderError)) process.stderr.write(`${failureText(error)}\n`);
  if (!isHelp) process.exitCode = FAILED;
}

async function status(options: ClusterOptions & OutputOptions): Promise<void> {
  const found = statusOf(await readSnapshot(openCluster(options), options));
  print(found, options, formatStatus);
  if (isFault(found.findings)) process.exitCode = FAULT;
}

type ExplainOptions = ClusterOptions & OutputOptions & { readonly namespace?: string };

async function explain(text: string, options: ExplainOptions): Promise<void> {
  const cluster = openCluster(options);
  const key = serviceKey(text, options.namespace, cluster);
  const snapshot = await readSnapshot(cluster, options);
  const service = snapshot.services.find((one) => one.key === key);
  if (!service) throw new Error(`Cannot explain Service "${key}": there is none of this name`);
  const isAsking = service.held.some((ip) => isSilent(snapshot, service, ip));
  const told = isAsking ? await readTold(cluster, options.configNamespace, snapshot.pods) : NO_EVIDENCE.told;
  const lastAnnounced = await readLastAnnounced(cluster, service);
  const explanation = explainService(snapshot, service, { told, lastAnnounced });
  print(explanation, options, formatExplanation);
  if (isFault(explanation.findings)) process.exitCode = FAULT;
}

type DrainOptions = ClusterOptions & OutputOptions & { readonly timeout: number };

async function drain(node: string, options: DrainOptions): Promise<void> {
  const cluster = openCluster(options);
  await setDraining(cluster, node, true);
  const snapshot = await readSnapshot(cluster, options);
  const pods = snapshot.pods.filter((pod) => pod.node === node);
  const wait = { namespace: options.configNamespace, node, pods, timeoutMs: options.timeout };
  const addresses = await untilSilent(cluster, wait);
  const isSilent = addresses.size === 0;
  const remaining = isSilent ? [] : remainingOn(await readSnapshot(cluster, options), node, addresses);
  print({ node, isSilent, remaining }, options, formatDrained);
  if (!isSilent) process.exitCode = FAULT;
}

async function undrain(node: string, options: ClusterOptions): Promise<void> {
  await setDraining(openCluster(options), node, false);
  process.stdout.write(`${node} may announce again\n`);
}

function readDuration(text: string): number {
  const read = parseDuration(text);
  if (read.ok) return read.value;
  throw new InvalidArgumentError(read.message);
}

async function validate(names: string[], options: ValidateOptions): Promise<void> {
  const settings: ReviewSettings = {
    namespace: options.configNamespace,
    loadBalancerClass: options.lbClass,
    onServiceProblems: 'deny',
  };
  const read = names.map(readFile).map((file) => readManifests(file, options.namespace));
  const unreadable = read.flatMap((one) => one.unreadable);
  const isOffline = options.context === undefined && options.kubeconfig === undefined;
  const present = isOffline ? noCluster(settings) : await readPresent(openCluster(options), settings);
  const reports = validateManifests(
    read.flatMap(({ manifests }) => manifests),
    present,
  );
  process.stdout.write(formatReports(reports, unreadable));
  if (isRefused(reports, unreadable)) process.exitCode = FAULT;
}

async function readSnapshot(cluster: Cluster, { configNamespace }: ClusterOptions) {
  return snapshotOf(await readCluster(cluster, configNamespace, Date.now()));
}

function print<T>(value: T, { output }: OutputOptions, format: (value: T) => string): void {
  process.stdout.write(output === 'json' ? `${JSON.stringify(value, undefined, 2)}\n` : format(value));
}

function readFile(name: string): File {
  try {
    return name === '-' ? { name: 'stdin', text: readFileSync(0, 'utf8') } : { name, text: readFileSync(name, 'utf8') };
  } catch (cause) {
    throw new Error(`Cannot read "${name}"`, { cause });
  }
}
