// A container's environment as a kubelet builds it: image, Services of the namespace, then the template.
import { cluster } from '../place.ts';
import type { Container, EnvEntry, Pod } from './pod.ts';

export type Addresses = {
  readonly podIPs: readonly string[];
  readonly hostIPs: readonly string[];
};
export type ServiceLink = {
  readonly name: string;
  readonly address: string;
  readonly ports: readonly { readonly name?: string; readonly port: number; readonly protocol?: string }[];
};
type Environment = Readonly<Record<string, string>>;

/** What an entry reads from a ConfigMap or Secret; undefined = absent and optional. */
export type KeyReader = (entry: EnvEntry) => string | undefined;

export function environmentOf(
  pod: Pod,
  container: Container,
  from: {
    readonly image: Environment;
    readonly links: readonly ServiceLink[];
    readonly addresses: Addresses;
    readonly readKey: KeyReader;
  },
): Environment {
  const env: Record<string, string> = {
    ...from.image,
    HOSTNAME: hostnameOf(pod),
    ...Object.assign({}, ...from.links.map(linkVariables)),
    ...linkVariables({ name: 'kubernetes', address: cluster.apiService, ports: [{ name: 'https', port: 443 }] }),
  };
  for (const entry of container.env ?? []) {
    const value = entryValue(entry, pod, from);
    if (value !== undefined) env[entry.name] = entry.value === undefined ? value : expand(value, env);
  }
  return env;
}

function entryValue(entry: EnvEntry, pod: Pod, from: { addresses: Addresses; readKey: KeyReader }): string | undefined {
  const field = entry.valueFrom?.fieldRef?.fieldPath;
  if (field !== undefined) return fieldValue(pod, field, from.addresses);
  return entry.valueFrom ? from.readKey(entry) : (entry.value ?? '');
}

export function hostnameOf(pod: Pod): string {
  return pod.spec.hostNetwork ? pod.spec.nodeName : (pod.spec.hostname ?? pod.metadata.name);
}

export function fieldValue(pod: Pod, path: string, addresses: Addresses): string {
  const [, map, key] = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path) ?? [];
  if (key !== undefined) return pod.metadata[map as 'labels' | 'annotations']?.[key] ?? '';
  const values: Record<string, string | undefined> = {
    'metadata.name': pod.metadata.name,
    'metadata.namespace': pod.metadata.namespace,
    'metadata.uid': pod.metadata.uid,
    'spec.nodeName': pod.spec.nodeName,
    'spec.serviceAccountName': pod.spec.serviceAccountName,
    'status.podIP': addresses.podIPs[0],
    'status.podIPs': addresses.podIPs.join(','),
    'status.hostIP': addresses.hostIPs[0],
    'status.hostIPs': addresses.hostIPs.join(','),
  };
  return values[path] ?? '';
}

/** `$(NAME)` stands for a variable known so far, `$$(NAME)` for the text `$(NAME)`; unknown names stay as they are. */
export function expand(text: string, env: Environment): string {
  return text.replaceAll(/\$(\$|\(([A-Za-z_.-][\w.-]*)\))/g, (whole, inner: string, name: string) =>
    inner === '$' ? '$' : (env[name] ?? whole),
  );
}

function linkVariables({ name, address, ports }: ServiceLink): Environment {
  const prefix = name.toUpperCase().replaceAll('-', '_');
  const first = ports[0];
  if (!first) return {};
  const host = address.includes(':') ? `[${address}]` : address;
  const env: Record<string, string> = {
    [`${prefix}_SERVICE_HOST`]: address,
    [`${prefix}_SERVICE_PORT`]: `${first.port}`,
    [`${prefix}_PORT`]: `${(first.protocol ?? 'TCP').toLowerCase()}://${host}:${first.port}`,
  };
  for (const { name: portName, port, protocol = 'TCP' } of ports) {
    if (portName) env[`${prefix}_SERVICE_PORT_${portName.toUpperCase().replaceAll('-', '_')}`] = `${port}`;
    const base = `${prefix}_PORT_${port}_${protocol}`;
    env[base] = `${protocol.toLowerCase()}://${host}:${port}`;
    env[`${base}_PROTO`] = protocol.toLowerCase();
    env[`${base}_PORT`] = `${port}`;
    env[`${base}_ADDR`] = address;
  }
  return env;
}
