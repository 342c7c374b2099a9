// What each command does: read the cluster, ask a pure function, write the answer. Each resolves with the exit code.
import { readFileSync, writeFileSync } from 'node:fs';
import { CONFIG_MAP_NAME, FIELD_MANAGER } from '#core/names.ts';
import { formatProblem } from '#core/problem.ts';
import type { ReviewSettings } from '#core/rules/review.ts';
import { type Cluster, openCluster, patchObject } from '#platform/cluster.ts';
import { formatBugReport, readBugReport } from './bug-report.ts';
import { type File, readManifests } from './documents.ts';
import { isSilent, setDraining, untilSilent } from './drain.ts';
import { readEvidence } from './evidence.ts';
import { explainService, whyUnknown } from './explain.ts';
import { isFault } from './finding.ts';
import { formatList, formatObjects, type MigratedObject, migrate, pathOf } from './migrate.ts';
import { type ClusterOptions, type OutputOptions, serviceKey } from './options.ts';
import { noCluster, readCluster, readPresent, readSources } from './present.ts';
import { formatReports, isRefused } from './print.ts';
import { formatDrained } from './print-drain.ts';
import { formatExplanation } from './print-explain.ts';
import { formatStatus } from './print-status.ts';
import { remainingOn } from './remaining.ts';
import { snapshotOf } from './snapshot.ts';
import { statusOf } from './status.ts';
import { validateManifests } from './validate.ts';

const FINE = 0;
/** The answer is "no": something is wrong with what was looked at. */
export const FAULT = 1;

export async function showStatus(options: ClusterOptions & OutputOptions): Promise<number> {
  const found = statusOf(await readSnapshot(openCluster(options), options));
  print(found, options, formatStatus);
  return isFault(found.findings) ? FAULT : FINE;
}

type ExplainOptions = ClusterOptions & OutputOptions & { readonly namespace?: string };

export async function explain(text: string, options: ExplainOptions): Promise<number> {
  const cluster = openCluster(options);
  const key = serviceKey(text, options.namespace, cluster);
  const snapshot = await readSnapshot(cluster, options);
  const service = snapshot.services.find((one) => one.key === key);
  if (!service) throw new Error(whyUnknown(key, snapshot.services));
  const explanation = explainService(snapshot, service, await readEvidence(cluster, snapshot, service));
  print(explanation, options, formatExplanation);
  return isFault(explanation.findings) ? FAULT : FINE;
}

type DrainOptions = ClusterOptions & OutputOptions & { readonly timeout: number };

export async function drain(node: string, options: DrainOptions): Promise<number> {
  const cluster = openCluster(options);
  await setDraining(cluster, node, true);
  const wait = { namespace: options.configNamespace, node, timeoutMs: options.timeout };
  const seen = await untilSilent(cluster, wait);
  const { addresses, unverified } = seen;
  const isDone = isSilent(seen);
  const remaining = addresses.size === 0 ? [] : remainingOn(await readSnapshot(cluster, options), node, addresses);
  print({ node, isSilent: isDone, remaining, unverified }, options, formatDrained);
  return isDone ? FINE : FAULT;
}

export async function undrain(node: string, options: ClusterOptions): Promise<number> {
  await setDraining(openCluster(options), node, false);
  process.stdout.write(`${node} may announce again\n`);
  return FINE;
}

type MigrateOptions = ClusterOptions & { readonly output: 'yaml' | 'json'; readonly apply?: true };

export async function migrateConfigMap({ apply, output, ...options }: MigrateOptions): Promise<number> {
  const cluster = openCluster(options);
  const namespace = options.configNamespace;
  const sources = await readSources(cluster, namespace);
  if (!sources.configMap) throw new Error(`Cannot migrate: ConfigMap "${CONFIG_MAP_NAME}" is not in "${namespace}"`);
  const migration = migrate(sources, namespace);
  if (!migration.ok) {
    process.stderr.write(migration.problems.map((problem) => `${formatProblem(problem)}\n`).join(''));
    return FAULT;
  }
  if (apply) await applyObjects(cluster, namespace, migration.objects);
  else process.stdout.write(output === 'json' ? formatList(migration.objects) : formatObjects(migration.objects));
  return FINE;
}

async function applyObjects(cluster: Cluster, namespace: string, objects: readonly MigratedObject[]): Promise<void> {
  for (const body of objects) {
    await patchObject(cluster, pathOf(body, namespace), { type: 'apply', body, fieldManager: FIELD_MANAGER });
    process.stdout.write(`${body.kind} "${body.metadata.name}" applied\n`);
  }
  const command = `kubectl delete configmap ${CONFIG_MAP_NAME} -n ${namespace}`;
  process.stdout.write(`The ConfigMap has no effect any more and may go: ${command}\n`);
}

type ReportOptions = ClusterOptions & { readonly file?: string };

export async function reportBug(options: ReportOptions): Promise<number> {
  const cluster = openCluster(options);
  const snapshot = await readSnapshot(cluster, options);
  const { namespace, pods } = snapshot;
  const text = formatBugReport(await readBugReport(cluster, { namespace, pods, status: statusOf(snapshot) }));
  const file = options.file ?? `arpeggio-report-${new Date(snapshot.now).toISOString().replaceAll(':', '-')}.yaml`;
  if (file === '-') process.stdout.write(text);
  else writeReport(file, text);
  return FINE;
}

function writeReport(file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: 'wx', mode: 0o600 });
  } catch (cause) {
    throw new Error(`Cannot write "${file}"`, { cause });
  }
  process.stdout.write(
    `${file} written: names and addresses of the cluster are in it, so read it before you share it\n`,
  );
}

type ValidateOptions = ClusterOptions & { readonly namespace: string; readonly lbClass?: string };

export async function validate(names: string[], options: ValidateOptions): Promise<number> {
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
  return isRefused(reports, unreadable) ? FAULT : FINE;
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
