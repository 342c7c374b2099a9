// Turns a container of a Pod template into the command that starts it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Api } from '../api.ts';
import type { Detached } from '../command.ts';
import { filesOf, requireRecord } from '../state.ts';
import { type Addresses, environmentOf, expand, hostnameOf, type ServiceLink } from './environment.ts';
import { findImage, type Image, pullFailure } from './image.ts';
import type { ContainerPlan, Mount } from './plan.ts';
import { type Container, type EnvEntry, type Pod, programOf } from './pod.ts';
import { rootScript } from './root.ts';
import { runcScript } from './runc.ts';
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
  const record = requireRecord(context.lab);
  const image = findImage(container.image, record);
  if (!image) return { reason: 'ErrImagePull', problem: pullFailure(container.image) };
  const plan = planOf(container, image, context);
  if ('problem' in plan) return { reason: 'CreateContainerConfigError', problem: plan.problem };
  if (image.bundle && plan.identity.capabilities === 'all') {
    return { reason: 'CreateContainerConfigError', problem: 'the lab runs no image with all capabilities' };
  }
  mkdirSync(plan.folder, { recursive: true });
  const host = { podFolder: context.folder, seccompProfile: record.seccompProfile ?? '' };
  const script = image.bundle ? runcScript(plan, image.bundle, host) : rootScript(plan, image.program);
  const path = join(plan.folder, 'start.sh');
  writeFileSync(path, `${script}\n`);
  const { cgroup, namespace } = plan;
  return {
    argv: ['unshare', '--mount', '--uts', '--propagation', 'private', '--', '/bin/sh', '-e', path],
    ...{ cgroup, namespace },
    log: join(filesOf(context.lab).logs, logName(context.pod, container)),
    env: { ...plan.env, PATH: process.env['PATH'] },
  };
}

function planOf(
  container: Container,
  image: Image,
  context: LaunchContext,
): ContainerPlan | { readonly problem: string } {
  const { pod, namespace, addresses } = context;
  const identity = identityOf(pod.spec, container, image.user);
  if ('problem' in identity) return identity;
  const readKey = (entry: EnvEntry) => context.keys.get(keyOf(entry));
  const env = environmentOf(pod, container, { ...context, image: image.env, readKey });
  const words = [...(container.command ?? image.entrypoint), ...(container.args ?? [])];
  const { name } = container;
  return {
    ...{ name, namespace, identity, env },
    folder: join(context.folder, 'containers', name),
    hostname: hostnameOf(pod),
    addresses: addresses.podIPs,
    cgroup: join(context.cgroup, name),
    isReadOnly: container.securityContext?.readOnlyRootFilesystem ?? false,
    mounts: mountsOf(container, context),
    workingDir: container.workingDir || image.workingDir,
    command: words.map((word) => expand(word, env)),
  };
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
