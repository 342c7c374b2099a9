// The lab's command line; `npm run lab -- --help` lists it.
import { resolve } from 'node:path';
import { Command, CommanderError } from 'commander';
import { parseProgram } from './arpeggio.ts';
import { runAttached } from './command.ts';
import { takeDown } from './down.ts';
import { LabFailure } from './failure.ts';
import { type Lab, openLab } from './lab.ts';
import { printLogs } from './logs.ts';
import { defaultName, namespaceOf, parseLabName, parseNodeCount } from './place.ts';
import { nameFlag, requireRecord } from './state.ts';
import { printStatus } from './status.ts';

type Named = { readonly name: string };
type UpFlags = {
  nodes?: number;
  bare?: boolean;
  mgmt?: boolean;
  without: string[];
  overlay?: string;
  image?: string;
  audit?: boolean;
};
const say = (line: string) => console.log(line);
const open = ({ name }: Named): Lab => openLab(name, say);

const program = new Command('lab')
  .description('a real Kubernetes cluster in network namespaces')
  .exitOverride()
  .configureOutput({ outputError: () => undefined })
  .enablePositionalOptions();

function command(usage: string, description: string): Command {
  return program.command(usage).description(description).option('--name <name>', 'which lab', defaultName);
}

command('up', 'start the lab, or what of it is missing')
  .option('--nodes <count>', 'how many nodes (3 unless it is up)', parseNodeCount)
  .option('--bare', 'a cluster without Arpeggio')
  .option('--mgmt', 'a second network (eth1) for the cluster itself: node addresses, API server, heartbeats')
  .option(
    '--without <program>',
    'do not start webhook, controller or speaker (repeatable)',
    (text, all: string[]) => [...all, text],
    [],
  )
  .option('--overlay <folder>', 'apply this folder of manifests/ (ebpf, dual-cluster)')
  .option('--image <folder>', "runc runs this image, unpacked by umoci, for Arpeggio's Pods")
  .option('--audit', "the API server writes what Arpeggio's accounts ask of it to .lab/NAME/audit.jsonl")
  .action(async (options: Named & UpFlags) => {
    const started = performance.now();
    const without = options.without.map(parseProgram);
    const { nodes, bare: isBare, mgmt, overlay, audit } = options;
    const image = options.image === undefined ? undefined : resolve(options.image);
    await open(options).up({ nodes, isBare, mgmt, without, overlay, image, audit });
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    say(`lab "${options.name}" is up after ${seconds} s; end it with npm run lab -- down${nameFlag(options.name)}`);
  });

command('kubectl [args...]', 'kubectl in the lab, stdin, stdout and exit code as they are')
  .passThroughOptions()
  .allowUnknownOption()
  .helpOption(false)
  .action(async (args: string[], options: Named) => {
    const { argv, env } = openLab(options.name).kubectlCommand(args);
    process.exitCode = await runAttached(argv, env);
  });

command('exec <where> [command...]', 'run a command on client, control or a node: exec client -- ip neigh')
  .passThroughOptions()
  .allowUnknownOption()
  .action(async (where: string, args: string[], options: Named) => {
    const words = args[0] === '--' ? args.slice(1) : args;
    if (words.length === 0)
      throw new LabFailure(`Cannot run on "${where}": no command, wanted exec ${where} -- CMD...`);
    process.exitCode = await runAttached(openLab(options.name).execCommand(where, words));
  });

command('backend <app>', 'a ready HTTP backend Pod per node that answers with its node name, label app=NAME')
  .option('--nodes <numbers>', 'on these nodes only: 1,2')
  .option('--namespace <namespace>', 'where', 'default')
  .action(async (app: string, options: Named & { nodes?: string; namespace: string }) => {
    const nodes = options.nodes?.split(',').map((text) => (/^\d+$/.test(text) ? `node${text}` : text));
    await open(options).backend(app, { nodes, namespace: options.namespace });
  });

command('power-off <node>', 'cut the link and kill everything of a node at one instant; prints t0').action(
  async (node: string, options: Named) => void (await open(options).powerOff(node)),
);
command('power-on <node>', 'bring a node back').action((node: string, options: Named) => open(options).powerOn(node));
command('stop-speaker <node>', 'stop a speaker with SIGTERM and keep it stopped').action(
  (node: string, options: Named) => open(options).stopSpeaker(node),
);
command('kill-speaker <node>', 'kill a speaker and keep it down').action((node: string, options: Named) =>
  open(options).killSpeaker(node),
);
command('start-speaker <node>', 'start a speaker again').action((node: string, options: Named) =>
  open(options).startSpeaker(node),
);
command('restart <program>', 'replace the Pods of controller or webhook').action(
  async (text: string, options: Named) => {
    if (text !== 'controller' && text !== 'webhook') {
      throw new LabFailure(`Cannot restart: "${text}", wanted one of "controller", "webhook"`);
    }
    await open(options).restart(text);
  },
);
command(
  'partition <nodes>',
  'cut these nodes (node1,node2) off from the other nodes; client and API server reach all',
).action(async (nodes: string, options: Named) => void (await open(options).partition(nodes.split(','))));
command('heal', 'end the partition').action(async (options: Named) => void (await open(options).heal()));
command('api-down', 'stop the API server; etcd keeps its data').action((options: Named) => open(options).apiDown());
command('api-up', 'start the API server again').action((options: Named) => open(options).apiUp());
command('link-down <node>', 'pull the cable: eth0 of a node has no carrier').action(
  async (node: string, options: Named) => void (await open(options).linkDown(node)),
);
command('link-up <node>', 'plug the cable in again').action(
  async (node: string, options: Named) => void (await open(options).linkUp(node)),
);
command('status', 'what runs').action((options: Named) => printStatus(open(options), say));
command('logs <program> [node]', 'the log of a program, of all its Pods or one node').action(
  (text: string, node: string | undefined, options: Named) => printLogs(requireRecord(options.name), text, node),
);
command('env', 'shell exports to work without npm: eval "$(npm run -s lab -- env)"').action((options: Named) => {
  const lab = openLab(options.name);
  const { argv, env } = lab.kubectlCommand([]);
  const variables = Object.entries({ ...env, KUBECTL: argv.join(' ') }).map(([key, value]) => `${key}='${value}'`);
  say(`export ${variables.join(' ')}`);
  for (const place of ['control', ...lab.nodes().map((node) => node.name), 'client']) {
    say(`export ARPEGGIO_NS_${place.toUpperCase()}='${namespaceOf(options.name, place)}'`);
  }
});
command('down', 'end the lab and leave nothing behind').action(async (options: Named) => {
  const wasThere = await takeDown(parseLabName(options.name));
  say(wasThere ? `lab "${options.name}" is down` : `lab "${options.name}" was not up`);
});

function explain(error: unknown): string {
  if (error instanceof LabFailure) return error.message;
  if (error instanceof CommanderError) return error.message.replace(/^error: /, 'Cannot run lab: ');
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

try {
  const known = program.commands.map((candidate) => candidate.name());
  const wanted = process.argv[2];
  if (wanted !== undefined && !wanted.startsWith('-') && ![...known, 'help'].includes(wanted)) {
    throw new LabFailure(`Cannot run lab command: "${wanted}", wanted one of ${known.join(', ')}`);
  }
  await program.parseAsync();
} catch (error) {
  const isHelp = error instanceof CommanderError && error.exitCode === 0;
  process.exitCode = isHelp ? 0 : 1;
  if (!isHelp && !(error instanceof CommanderError && error.code === 'commander.help')) console.error(explain(error));
}
