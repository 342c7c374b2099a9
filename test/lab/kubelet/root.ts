// The script that runs a container on the machine's own programs, with the checkout or one program: it gives it a root of its own in
// a private mount namespace, so that its end unmounts all.
import { join } from 'node:path';
import { checkout } from '../state.ts';
import type { ContainerPlan, Mount } from './plan.ts';
import { setprivOf } from './security.ts';

/** `program`: a folder that is all there is beside the machine's own programs; without it the checkout is /app. */
export function rootScript(plan: ContainerPlan, program?: string): string {
  // An empty folder outside; the file system over it exists only for the container.
  const folder = join(plan.folder, 'root');
  const at = (path: string) => quote(`${folder}${path}`);
  return [
    `mkdir -p ${quote(folder)}`,
    `echo ${quote(plan.hostname)} > /proc/sys/kernel/hostname`,
    `mount -t tmpfs -o mode=755,size=256m tmpfs ${at('')}`,
    `mkdir -p ${['/app', '/proc', '/sys', '/dev', '/tmp', '/var', '/run', '/old'].map(at).join(' ')}`,
    `chmod 1777 ${at('/tmp')}`,
    ...(program === undefined ? machine(at) : alone(program, at)),
    `mount -t proc proc ${at('/proc')}`,
    ...bind({ source: '/proc/sys', target: '/proc/sys', isReadOnly: true }, at),
    `mount -t sysfs -o ro sysfs ${at('/sys')}`,
    `mount -t tmpfs -o mode=755 tmpfs ${at('/dev')}`,
    `for name in null zero full random urandom; do : > ${at('/dev/')}"$name"; mount --bind "/dev/$name" ${at('/dev/')}"$name"; done`,
    `ln -s /proc/self/fd ${at('/dev/fd')}; mkdir -m 1777 ${at('/dev/shm')}`,
    ...plan.mounts.flatMap((mount) => [`mkdir -p ${at(mount.target)}`, ...bind(mount, at)]),
    ...(plan.isReadOnly ? [`mount -o remount,ro ${at('')}`] : []),
    `cd ${at('')}; pivot_root . old; umount -l /old`,
    // Until here that of the lab holds.
    `cd ${quote(plan.workingDir)}; export PATH=${quote(plan.env['PATH'] ?? '')}`,
    `exec ${[...setprivOf(plan.identity), ...plan.command].map(quote).join(' ')}`,
  ].join('\n');
}

type At = (path: string) => string;

function machine(at: At): string[] {
  return [
    ...folders(at('/'), `${programFolders} etc`),
    ...bind({ source: checkout, target: '/app', isReadOnly: true }, at),
    // The admin's token of the very lab is none of a program's business.
    `if [ -d ${at('/app/.lab')} ]; then mount -t tmpfs -o ro tmpfs ${at('/app/.lab')}; fi`,
  ];
}

/** With an /etc of its own, because Pods mount volumes below it. */
function alone(program: string, at: At): string[] {
  return [
    ...folders(at('/'), programFolders),
    `mkdir ${at('/etc')} ${at('/program')}`,
    ...bind({ source: program, target: '/program', isReadOnly: true }, at),
  ];
}

const programFolders = 'usr bin sbin lib lib32 lib64';

/** Read-only, what a system keeps below `/`: merged-usr systems have links here, older ones folders. */
function folders(target: string, names: string): string[] {
  const [from, to] = ['/"$name"', `${target}"$name"`];
  return [
    `for name in ${names}; do`,
    `  if [ -L ${from} ]; then cp -P ${from} ${target}`,
    `  elif [ -d ${from} ]; then mkdir ${to}; mount --bind ${from} ${to}; mount -o remount,bind,ro ${to}; fi`,
    'done',
  ];
}

function bind(mount: Mount, at: At): string[] {
  const target = at(mount.target);
  return [
    `mount --bind ${quote(mount.source)} ${target}`,
    ...(mount.isReadOnly ? [`mount -o remount,bind,ro ${target}`] : []),
  ];
}

export function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
