// The commands with their arguments, options and exit codes, as `--help` tells them.
import { Command, InvalidArgumentError, Option } from 'commander';
import { drain, explain, FAULT, migrateConfigMap, reportBug, showStatus, undrain, validate } from './actions.ts';
import { parseDuration } from './duration.ts';
import { withCluster, withExitCodes, withOutput } from './options.ts';
import { servePage } from './ui/run.ts';

/** There is no answer. */
export const FAILED = 2;
const PORT_MOST = 65_535;
const FAILED_TEXT = 'no answer: wrong usage, no API server, no rights, or no such object';

/** `setExitCode` is called when a command has its answer. */
export function createProgram(setExitCode: (code: number) => void): Command {
  const program = new Command('arpeggio')
    .description('load balancer addresses for bare-metal Kubernetes; as a plugin: kubectl arpeggio')
    .exitOverride();
  const ending =
    <A extends unknown[]>(action: (...args: A) => Promise<number>) =>
    async (...args: A) =>
      setExitCode(await action(...args));
  const command = (name: string, codes: { [code: number]: string }) =>
    withExitCodes(withCluster(program.command(name)), { ...codes, [FAILED]: FAILED_TEXT });

  withOutput(command('status', { 0: 'no error was found', [FAULT]: 'an error was found' }))
    .description('programs, pools, nodes and addresses, and what is wrong with them')
    .action(ending(showStatus));
  withOutput(command('explain', { 0: 'the Service is served, as far as can be seen', [FAULT]: 'an error was found' }))
    .description('why a Service has this address or none, who owns it, and what stands in the way')
    .argument('<service>', 'NAME or NAMESPACE/NAME')
    .option('-n, --namespace <name>', 'namespace of the Service (default: that of the context)')
    .action(ending(explain));
  withOutput(command('drain', { 0: 'it announces nothing', [FAULT]: 'time is up, and it still announces something' }))
    .description('hand the addresses of a node over to other nodes and keep them there; Pods stay')
    .argument('<node>')
    .addOption(timeoutOption())
    .action(ending(drain));
  command('undrain', { 0: 'the node may announce again' })
    .description('let a node that was drained announce again')
    .argument('<node>')
    .action(ending(undrain));
  command('migrate', { 0: 'printed, or applied', [FAULT]: 'something cannot be carried over, so nothing was' })
    .description('print the ConfigMap "config" as IPAddressPools and L2Advertisements that mean the same')
    .addOption(new Option('-o, --output <format>', 'how to print them').choices(['yaml', 'json']).default('yaml'))
    .option('--apply', 'apply them to the cluster instead (server-side)')
    .action(ending(migrateConfigMap));
  command('bug-report', { 0: 'written' })
    .description('write what a maintainer needs to one file: objects, Events, logs and metrics, never Secrets')
    .option('--file <name>', 'where to, - is standard output (default: a new file in this folder)')
    .action(ending(reportBug));
  command('ui', { 0: 'interrupted' })
    .description('a live page on this machine: pools, Services, who announces them, and failovers as they happen')
    .addOption(new Option('--port <number>', 'on 127.0.0.1').argParser(readPort).default(0, 'any free one'))
    .action(ending(servePage));
  command('validate', { 0: 'all would be admitted', [FAULT]: 'something would be denied' })
    .description('check pools, advertisements and Services in YAML files as admission would')
    .argument('<file...>', 'YAML files, - is standard input')
    .option('-n, --namespace <name>', 'namespace of objects that name none', 'default')
    .option('--lb-class <name>', 'spec.loadBalancerClass of the Services that are ours')
    .addHelpText('after', '\nWithout --context and --kubeconfig no cluster is asked.')
    .action(ending(validate));
  return program;
}

function timeoutOption(): Option {
  return new Option('--timeout <duration>', 'wait so long for the node to announce nothing')
    .argParser(readDuration)
    .default(60_000, '60s');
}

function readPort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= PORT_MOST) return port;
  throw new InvalidArgumentError(`"${text}" is not a port, wanted 0 to ${PORT_MOST}`);
}

function readDuration(text: string): number {
  const read = parseDuration(text);
  if (read.ok) return read.value;
  throw new InvalidArgumentError(read.message);
}
