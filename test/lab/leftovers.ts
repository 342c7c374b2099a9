// Looks for anything a lab may have left behind, for the test that wants nothing.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cgroupsOf, labCgroup, processesIn } from './cgroup.ts';
import { namespacesOf, processesInside } from './network.ts';
import { filesOf } from './state.ts';

export const nothing = { namespaces: [], processes: [], cgroup: false, mounts: [], state: false };

/** What is left of a lab, by its names. */
export function leftovers(labName: string): Record<string, unknown> {
  const mounts = readFileSync('/proc/mounts', 'utf8').split('\n');
  const namespaces = namespacesOf(labName);
  return {
    namespaces,
    processes: [...processesIn(labCgroup(labName)), ...processesInside(namespaces), ...processesNamed(labName)],
    cgroup: cgroupsOf(labCgroup(labName)).some((path) => existsSync(path)),
    mounts: mounts.filter((line) => line.includes(`arp-${labName}`) || line.includes(`.lab/${labName}`)),
    state: existsSync(filesOf(labName).folder),
  };
}

/** Processes whose command line names the lab's state folder or its namespaces. */
function processesNamed(labName: string): string[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid)
    .map((pid) => commandLine(pid))
    .filter((line) => line.includes(`.lab/${labName}/`) || line.includes(`arp-${labName}-`));
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
