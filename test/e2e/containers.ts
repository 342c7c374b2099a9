// The containers that runc runs in a lab, as runc itself and the kernel describe them.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { must } from '#test/lab/command.ts';
import { runcRoot } from '#test/lab/kubelet/runc.ts';
import type { Lab } from '#test/lab/lab.ts';
import { pollUntil } from '#test/lab/wait.ts';

export type RunningContainer = {
  readonly program: string;
  readonly node: string;
  readonly pid: number;
  /** The command that runs runc for this container's Pod. */
  readonly runc: readonly string[];
};
type Listed = { readonly id: string; readonly pid: number; readonly status: string };

/** What a speaker is allowed: the bits of capabilities(7). */
export const capability = { netAdmin: 1n << 12n, netRaw: 1n << 13n, bpf: 1n << 39n };

/** Sorted by program and node. */
export async function runningContainers(lab: Lab): Promise<RunningContainer[]> {
  const found = await Promise.all(readdirSync(lab.files.pods).map((uid) => ofPod(join(lab.files.pods, uid))));
  return found.flat().sort((a, b) => `${a.program} ${a.node}`.localeCompare(`${b.program} ${b.node}`));
}

export async function untilContainer(lab: Lab, program: string, node: string): Promise<RunningContainer> {
  const find = async () => (await runningContainers(lab)).find((one) => one.program === program && one.node === node);
  return await pollUntil(`a container of ${program} on ${node}`, find, { every: 50, within: 20_000 });
}

async function ofPod(folder: string): Promise<RunningContainer[]> {
  const runc = ['runc', '--root', runcRoot(folder)];
  const listed = JSON.parse(await must([...runc, 'list', '--format', 'json'])) as Listed[] | null;
  const running = (listed ?? []).filter(({ status }) => status === 'running');
  return running.flatMap(({ id, pid }) => {
    const node = nodeOf(pid);
    return node === undefined ? [] : [{ program: id, node, pid, runc }];
  });
}

/** The lab's cgroups are named after its nodes. Undefined when the process ended since runc looked. */
function nodeOf(pid: number): string | undefined {
  return /\/(node\d+)\//.exec(readOfProcess(pid, 'cgroup'))?.[1];
}

/** Empty when the process ended, be it while it is read (ESRCH). */
function readOfProcess(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return '';
    throw error;
  }
}

/** Who the kernel says a process is. */
export function rightsOf(pid: number) {
  const value = (name: string) => statusOf(pid, name);
  const set = (name: string) => BigInt(`0x${value(name)}`);
  return {
    uid: Number(value('Uid')),
    gid: Number(value('Gid')),
    effective: set('CapEff'),
    bounding: set('CapBnd'),
    ambient: set('CapAmb'),
    noNewPrivileges: value('NoNewPrivs') === '1',
  };
}

/** Whether a seccomp profile filters its system calls; no when it ended. */
export function isFiltered(pid: number): boolean {
  return statusOf(pid, 'Seccomp') === '2';
}

function statusOf(pid: number, name: string): string {
  const lines = readOfProcess(pid, 'status').split('\n');
  return lines.find((line) => line.startsWith(`${name}:`))?.split('\t')[1] ?? '';
}

/** The error code of each file that a program of the image cannot create, run by runc inside the container. */
export async function refusedFiles({ runc, program }: RunningContainer, paths: readonly string[]): Promise<string[]> {
  const script = `for (const path of ${JSON.stringify(paths)}) {
    try { fs.writeFileSync(path, ''); console.log('written'); } catch (error) { console.log(error.code); }
  }`;
  return (await must([...runc, 'exec', program, 'node', '-e', script])).trim().split('\n');
}
