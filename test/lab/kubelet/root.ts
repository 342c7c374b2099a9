// The script that gives a container a root of its own in a private mount namespace, so that its end unmounts all.

export type Mount = { readonly source: string; readonly target: string; readonly isReadOnly: boolean };
export type Root = {
  /** An empty folder outside; the file system over it exists only for the container. */
  readonly folder: string;
  /** The root of an unpacked image; without it the machine's own programs, and the checkout as /app. */
  readonly image?: string | undefined;
  /** A folder that is all there is beside the machine's own programs, as /program. */
  readonly program?: string | undefined;
  readonly checkout: string;
  readonly hostname: string;
  readonly workingDir: string;
  /** PATH of the container; until it is entered that of the lab holds. */
  readonly path: string;
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
    ...system(root, at),
    `mount -t proc proc ${at('/proc')}`,
    ...bind({ source: '/proc/sys', target: '/proc/sys', isReadOnly: true }, at),
    `mount -t sysfs -o ro sysfs ${at('/sys')}`,
    `mount -t tmpfs -o mode=755 tmpfs ${at('/dev')}`,
    `for name in null zero full random urandom; do : > ${at('/dev/')}"$name"; mount --bind "/dev/$name" ${at('/dev/')}"$name"; done`,
    `ln -s /proc/self/fd ${at('/dev/fd')}; mkdir -m 1777 ${at('/dev/shm')}`,
    ...root.mounts.flatMap((mount) => [`mkdir -p ${at(mount.target)}`, ...bind(mount, at)]),
    ...(root.isReadOnly ? [`mount -o remount,ro ${at('')}`] : []),
    `cd ${at('')}; pivot_root . old; \${tool}umount -l /old`,
    `cd ${quote(root.workingDir)}; export PATH=${quote(root.path)}`,
    `exec \${tool}${root.command.map(quote).join(' ')}`,
  ].join('\n');
}

type At = (path: string) => string;

function system({ checkout, image, program }: Root, at: At): string[] {
  if (image !== undefined) return unpacked(image, at);
  return program === undefined ? machine(checkout, at) : alone(program, at);
}

function machine(checkout: string, at: At): string[] {
  return [
    ...folders('', at('/')),
    ...bind({ source: checkout, target: '/app', isReadOnly: true }, at),
    // The admin's token of the very lab is none of a program's business.
    `if [ -d ${at('/app/.lab')} ]; then mount -t tmpfs -o ro tmpfs ${at('/app/.lab')}; fi`,
    'tool=',
  ];
}

/** With an /etc of its own, because Pods mount volumes below it. */
function alone(program: string, at: At): string[] {
  return [
    ...folders('', at('/'), programFolders),
    `mkdir ${at('/etc')} ${at('/program')}`,
    ...bind({ source: program, target: '/program', isReadOnly: true }, at),
    'tool=',
  ];
}

/** Nothing in an image gives a process its identity: the machine's tools do, from /.lab, with the image's loader. */
function unpacked(image: string, at: At): string[] {
  return [
    ...folders(quote(image), at('/')),
    `mkdir ${at('/.lab')}`,
    ...bind({ source: `${image}/app`, target: '/app', isReadOnly: true }, at),
    ...bind({ source: '/usr', target: '/.lab', isReadOnly: true }, at),
    'for loader in /lib64/ld-linux-*.so.* /lib/ld-linux-*.so.*; do if [ -e "$loader" ]; then break; fi; done',
    'libraries=lib/$(uname -m)-linux-gnu',
    'tool="$loader --library-path /$libraries:/usr/$libraries:/.lab/$libraries /.lab/bin/"',
  ];
}

const programFolders = 'usr bin sbin lib lib32 lib64';

/** Read-only, what a system keeps below `/`: merged-usr systems have links here, older ones folders. */
function folders(source: string, target: string, names = `${programFolders} etc`): string[] {
  const [from, to] = [`${source}/"$name"`, `${target}"$name"`];
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
