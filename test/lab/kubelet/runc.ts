// Starts a container of an unpacked image by runc, as containerd's shim would: a configuration, a root of its own over the
// image, and in front a process that passes signals on and ends with the container's exit code.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathInHierarchy } from '../cgroup.ts';
import type { Bundle } from './image.ts';
import type { ContainerPlan, Mount } from './plan.ts';
import { quote } from './root.ts';
import { runtimeConfig } from './runtime-config.ts';

/** Where runc keeps what it knows of a Pod's containers, which it calls by their names: `runc --root FOLDER list`. */
export function runcRoot(podFolder: string): string {
  return join(podFolder, 'runc');
}

export type RuncHost = {
  readonly podFolder: string;
  /** The program that prints containerd's seccomp profile. */
  readonly seccompProfile: string;
};

/** Writes the container's bundle; answers the script that runs it in a mount namespace of its own. */
export function runcScript(plan: ContainerPlan, image: Bundle, { podFolder, seccompProfile }: RuncHost): string {
  const at = (name: string) => join(plan.folder, name);
  for (const name of ['rootfs', 'writable']) mkdirSync(at(name), { recursive: true });
  const cgroupsPath = pathInHierarchy(join(plan.cgroup, 'runc'));
  const filterFor = (capabilities: readonly string[]) =>
    JSON.parse(execFileSync(seccompProfile, capabilities, { encoding: 'utf8' })) as object;
  const config = runtimeConfig(plan, image, { cgroupsPath, files: writeFiles(plan), filterFor });
  writeFileSync(at('config.json'), JSON.stringify(config));
  const runc = `runc --root ${quote(runcRoot(podFolder))}`;
  const layers = `lowerdir=${join(image.folder, 'rootfs')},upperdir=${at('writable/upper')},workdir=${at('writable/work')}`;
  return [
    // What a kill of the whole cgroup left.
    `${runc} delete --force ${plan.name}`,
    `mount -t tmpfs -o mode=755,size=256m tmpfs ${quote(at('writable'))}`,
    `mkdir ${quote(at('writable/upper'))} ${quote(at('writable/work'))}`,
    `mount -t overlay -o ${quote(layers)} overlay ${quote(at('rootfs'))}`,
    `exec ${runc} run --bundle ${quote(plan.folder)} ${plan.name}`,
  ].join('\n');
}

/** What a kubelet puts into /etc; without a DNS of the cluster, its resolver is the machine's. */
function writeFiles({ folder, hostname, addresses }: ContainerPlan): Mount[] {
  const names = [...addresses.map((ip) => `${ip}\t${hostname}`), '127.0.0.1\tlocalhost', '::1\tlocalhost'];
  const contents = { hosts: `${names.join('\n')}\n`, hostname: `${hostname}\n` };
  const own = Object.entries(contents).map(([name, text]) => {
    const source = join(folder, name);
    writeFileSync(source, text);
    return { source, target: `/etc/${name}`, isReadOnly: false };
  });
  return [...own, { source: '/etc/resolv.conf', target: '/etc/resolv.conf', isReadOnly: true }];
}
