// The script that gives a container a root of its own in a private mount namespace, so that its end unmounts all.

export type Mount = { readonly source: string; readonly target: string; readonly isReadOnly: boolean };
export type Root = {
  /** An empty folder outside; the file system over it exists only for the container. */
  readonly folder: string;
  readonly checkout: string;
  readonly hostname: string;
  readonly workingDir: string;
  readonly isReadOnly: boolean;
  readonly mounts: readonly Mount[];
  /** Each word ends up as one word of the command. */
  readonly command: readonly string[];
};

export function rootScript(root: Root): string {
  const { folder } = root;
  const at = (path: string) => quote(`${folder}${path}`);
  return [
    `echo ${quote(root.hostname)} > /proc/sys/kernel/hostname`,
    `mount -t tmpfs -o mode=755,size=256m tmpfs ${at('')}`,
    `mkdir -p ${['/app', '/proc', '/sys', '/dev', '/tmp', '/var', '/run', '/old'].map(at).join(' ')}`,
    `chmod 1777 ${at('/tmp')}`,
    // Merged-usr systems have links here, older ones folders.
    'for name in usr bin sbin lib lib32 lib64 etc; do',
    `  if [ -L "/$name" ]; then cp -P "/$name" ${at('/')}"$name"`,
    `  elif [ -d "/$name" ]; then mkdir ${at('/')}"$name"; mount --bind "/$name" ${at('/')}"$name"; mount -o remount,bind,ro ${at('/')}"$name"; fi`,
    'done',
    ...bind({ source: root.checkout, target: '/app', isReadOnly: true }, at),
    // The admin's token of the very lab is none of a program's business.
    `if [ -d ${at('/app/.lab')} ]; then mount -t tmpfs -o ro tmpfs ${at('/app/.lab')}; fi`,
    `mount -t proc proc ${at('/proc')}`,
    ...bind({ source: '/proc/sys', target: '/proc/sys', isReadOnly: true }, at),
    `mount -t sysfs -o ro sysfs ${at('/sys')}`,
    `mount -t tmpfs -o mode=755 tmpfs ${at('/dev')}`,
    `for name in null zero full random urandom; do : > ${at('/dev/')}"$name"; mount --bind "/dev/$name" ${at('/dev/')}"$name"; done`,
    `ln -s /proc/self/fd ${at('/dev/fd')}; mkdir -m 1777 ${at('/dev/shm')}`,
    ...root.mounts.flatMap((mount) => [`mkdir -p ${at(mount.target)}`, ...bind(mount, at)]),
    ...(root.isReadOnly ? [`mount -o remount,ro ${at('')}`] : []),
    `cd ${at('')}; pivot_root . old; umount -l /old`,
    `cd ${quote(root.workingDir)}`,
    `exec ${root.command.map(quote).join(' ')}`,
  ].join('\n');
}

function bind(mount: Mount, at: (path: string) => string): string[] {
  const target = at(mount.target);
  return [
    `mount --bind ${quote(mount.source)} ${target}`,
    ...(mount.isReadOnly ? [`mount -o remount,bind,ro ${target}`] : []),
  ];
}

export function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
