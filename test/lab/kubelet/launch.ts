// Turns a container of a Pod template into the command that starts it: root, environment, identity.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Api } from '../api.ts';
import type { Detached } from '../command.ts';
import { checkout, filesOf, requireRecord } from '../state.ts';
import { type Addresses, environmentOf, expand, hostnameOf, type ServiceLink } from './environment.ts';
import { findImage, pullFailure } from './image.ts';
import { type Container, type EnvEntry, type Pod, programOf } from './pod.ts';
import { type Mount, rootScript } from './root.ts';
import { identityOf } from './security.ts';

export type LaunchContext = {
  readonly lab: string;
  readonly pod: Pod;
  readonly folder: string;
  readonly namespace: string;
  readonly cgroup: string;
  readonly addresses: Addresses;
  readonly volumes: ReadonlyMap<string, string>;
  readonly keys: ReadonlyMap<string, string>;
  readonly links: readonly ServiceLink[];
};
export type Launch = Detached | { readonly reason: string; readonly problem: string };

export function launchOf(container: Container, context: LaunchContext): Launch {
  const image = findImage(container.image, requireRecord(context.lab));
  if (!image) return { reason: 'ErrImagePull', problem: pullFailure(container.image) };
  const { pod } = context;
  const identity = identityOf(pod.spec, container);
  if ('problem' in identity) return { reason: 'CreateContainerConfigError', problem: identity.problem };
  const readKey = (entry: EnvEntry) => context.keys.get(keyOf(entry));
  const env = environmentOf(pod, container, { ...context, image: image.env, readKey });
  const words = [...(container.command ?? image.entrypoint), ...(container.args ?? [])];
  const script = rootScript({
    folder: join(context.folder, 'root'),
    ...{ checkout, image: image.root, program: image.program },
    hostname: hostnameOf(pod),
    workingDir: container.workingDir || image.workingDir,
    path: env['PATH'] ?? '',
    isReadOnly: container.securityContext?.readOnlyRootFilesystem ?? false,
    mounts: mountsOf(container, context),
    command: [...identity.argv, ...words.map((word) => expand(word, env))],
  });
  const path = join(context.folder, `${container.name}.sh`);
  writeFileSync(path, `${script}\n`);
  const unshare = ['unshare', '--mount', '--uts', '--propagation', 'private', '--', '/bin/sh', '-e', path];
  const log = join(filesOf(context.lab).logs, logName(pod, container));
  const { cgroup, namespace } = context;
  return { argv: unshare, cgroup, namespace, log, env: { ...env, PATH: process.env['PATH'] } };
}

function logName(pod: Pod, container: Container): string {
  const isOnly = pod.spec.containers.length === 1;
  return [programOf(pod), pod.spec.nodeName, pod.metadata.name, ...(isOnly ? [] : [container.name]), 'log'].join('.');
}

function keyOf({ valueFrom }: EnvEntry): string {
  const ref = valueFrom?.configMapKeyRef ?? valueFrom?.secretKeyRef;
  return `${valueFrom?.secretKeyRef ? 'secrets' : 'configmaps'}/${ref?.name}/${ref?.key}`;
}

function mountsOf(container: Container, { pod, volumes }: LaunchContext): Mount[] {
  return (container.volumeMounts ?? []).map(({ name, mountPath, readOnly = false }) => {
    const volume = pod.spec.volumes?.find((candidate) => candidate.name === name);
    const isData = !volume?.emptyDir && !volume?.hostPath;
    return { source: volumes.get(name) ?? '', target: mountPath, isReadOnly: readOnly || isData };
  });
}

type WireService = {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly clusterIP?: string; readonly ports?: ServiceLink['ports'] };
};

/** The Services a kubelet would announce in the environment of a namespace's Pods. */
export async function readLinks(api: Api, namespace: string): Promise<ServiceLink[]> {
  const { items } = await api.call<{ items: WireService[] }>('GET', `/api/v1/namespaces/${namespace}/services`);
  return items
    .filter(({ spec }) => spec.clusterIP && spec.clusterIP !== 'None')
    .map(({ metadata, spec }) => ({ name: metadata.name, address: spec.clusterIP ?? '', ports: spec.ports ?? [] }));
}
