// The processes of a lab by what they run: found through the lab's cgroup, signalled as `kill` would.
import { readFileSync } from 'node:fs';
import { labCgroup, processesIn } from './cgroup.ts';

/** Processes of the lab whose command line matches and, if given, whose environment has `NAME=value`. */
export function findProcesses(lab: string, command: RegExp, variable?: string): number[] {
  return processesIn(labCgroup(lab)).filter((pid) => {
    const runs = command.test(readProcess(pid, 'cmdline').join(' '));
    return runs && (variable === undefined || readProcess(pid, 'environ').includes(variable));
  });
}

/** Returns how many there were. */
export function signalProcesses(lab: string, command: RegExp, signal: NodeJS.Signals): number {
  const matching = findProcesses(lab, command);
  for (const pid of matching) process.kill(pid, signal);
  return matching.length;
}

/** Resident megabytes of each process, now (VmRSS) or the most since it started (VmHWM). */
export function memoryOf(lab: string, command: RegExp, field: 'VmRSS' | 'VmHWM' = 'VmRSS'): number[] {
  return findProcesses(lab, command).map((pid) => {
    const kilobytes = new RegExp(`${field}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Number(kilobytes ?? 0) / 1_000;
  });
}

/** The null-separated parts of a file in /proc; none for a process that has ended. */
function readProcess(pid: number, file: 'cmdline' | 'environ'): string[] {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
      .split('\0')
      .filter((part) => part !== '');
  } catch {
    return [];
  }
}
