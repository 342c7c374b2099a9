// An emulated arm64 machine that runs the image's Node and addon, with the sources of this checkout, on a kernel of its own,
// and has a network card on the network of a namespace here.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, globSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { checkout } from '#test/lab/state.ts';

export type Machine = {
  /** All it has said on its console. */
  said(): string;
  /** Resolves when it said this, or rejects when it is off. */
  until(pattern: RegExp): Promise<void>;
  off(): Promise<void>;
};

const MODULES = ['failover', 'net_failover', 'virtio_net'];

/** `parts` holds Debian's packages of a kernel (linux-image-…-cloud-arm64) and of busybox-static for arm64, unpacked. */
export function prepare(root: string, parts: string): { kernel: string; initrd: string } {
  const [kernel] = globSync('boot/vmlinuz-*', { cwd: parts });
  const [busybox] = globSync('{bin,usr/bin}/busybox', { cwd: parts });
  if (!(kernel && busybox)) throw new Error(`Cannot make an arm64 machine of "${parts}": wanted a kernel and busybox`);
  for (const name of ['bin', 'dev', 'proc', 'sys', 'src', 'modules']) mkdirSync(join(root, name), { recursive: true });
  cpSync(join(parts, busybox), join(root, 'bin/busybox'));
  execFileSync('ln', ['-sf', 'busybox', join(root, 'bin/sh')]);
  cpSync(join(import.meta.dirname, 'init'), join(root, 'init'));
  for (const name of MODULES) {
    const [file = ''] = globSync(`{usr/lib,lib}/modules/**/${name}.ko*`, { cwd: parts });
    const [command, ...args] = file.endsWith('.xz') ? ['xz', '-dc'] : ['cat'];
    const module = execFileSync(command as string, [...args, join(parts, file)], { maxBuffer: 2 ** 24 });
    writeFileSync(join(root, 'modules', `${name}.ko`), module);
  }
  copySources(root);
  const initrd = `${root}.cpio`;
  execFileSync('sh', ['-c', `find . | cpio -o -H newc --quiet >"$0"`, initrd], { cwd: root });
  return { kernel: join(parts, kernel), initrd };
}

function copySources(root: string): void {
  const other = join(checkout, 'dist/linux-arm64');
  for (const path of ['core', 'platform', 'speaker', 'test', 'package.json']) {
    cpSync(join(checkout, path), join(root, 'src', path), { recursive: true });
  }
  const filter = (path: string) => !basename(path).startsWith('node-linux-');
  cpSync(join(other, 'node_modules'), join(root, 'src/node_modules'), { recursive: true, filter });
  cpSync(join(root, 'app/speaker/native/arpeggio.node'), join(root, 'src/speaker/native/arpeggio.node'));
}

export function isThere(...commands: string[]): boolean {
  return commands.every((command) => spawnSync('sh', ['-c', `command -v ${command}`]).status === 0);
}

/** Starts it with its card on the tap interface `t0` of a network namespace. */
export function start(namespace: string, files: { kernel: string; initrd: string }, cmdline: string): Machine {
  const card = ['-netdev', 'tap,id=n,ifname=t0,script=no,downscript=no'];
  const device = ['-device', 'virtio-net-pci,netdev=n,mac=02:00:00:00:00:01,romfile='];
  const board = ['-M', 'virt', '-cpu', 'cortex-a72', '-m', '1536', '-nographic', '-no-reboot', ...card, ...device];
  const boot = ['-kernel', files.kernel, '-initrd', files.initrd];
  const append = ['-append', `console=ttyAMA0 quiet rdinit=/init panic=-1 ${cmdline}`];
  const args = ['netns', 'exec', namespace, 'qemu-system-aarch64', ...board, ...boot, ...append];
  const child = spawn('ip', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = once(child, 'exit');
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  return {
    said: () => said,
    async until(pattern) {
      while (!pattern.test(said)) {
        const news = once(child.stdout, 'data').then(() => true);
        if (!(await Promise.race([news, gone.then(() => false)])))
          throw new Error(`The machine is off and never said ${pattern}:\n${said}`);
      }
    },
    async off() {
      child.kill('SIGKILL');
      await gone;
    },
  };
}
