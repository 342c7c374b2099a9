// The options that commands share, named as kubectl names them, and the cluster that they choose.
import { type Command, Option } from 'commander';
import { NAMESPACE_DEFAULT } from '#core/names.ts';
import { type Cluster, type ClusterChoice, currentNamespace } from '#platform/cluster.ts';

export type ClusterOptions = ClusterChoice & {
  /** Where our own objects live. */
  readonly configNamespace: string;
};

export type OutputOptions = { readonly output: 'table' | 'json' };

export function withCluster(command: Command): Command {
  return command
    .option('--kubeconfig <file>', 'this kubeconfig in the place of KUBECONFIG and ~/.kube/config')
    .option('--context <name>', 'this context of the kubeconfig in the place of the current one')
    .option('--config-namespace <name>', 'the namespace of Arpeggio and its pools', NAMESPACE_DEFAULT);
}

export function withOutput(command: Command): Command {
  const output = new Option('-o, --output <format>', 'table for people, json for programs');
  return command.addOption(output.choices(['table', 'json']).default('table'));
}

/** Each with its meaning, at the end of `--help`. */
export function withExitCodes(command: Command, codes: { readonly [code: number]: string }): Command {
  const lines = Object.entries(codes).map(([code, meaning]) => `  ${code}  ${meaning}`);
  return command.addHelpText('after', `\nExit codes:\n${lines.join('\n')}`);
}

/** `namespace/name`; a name alone is in the namespace of `-n`, else in that of the context. */
export function serviceKey(text: string, namespace: string | undefined, cluster: Cluster): string {
  const name = text.replace(/^(service|services|svc)\//, '');
  return name.includes('/') ? name : `${namespace ?? currentNamespace(cluster)}/${name}`;
}
