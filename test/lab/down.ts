// Takes a lab down by its names alone, whatever state it is in.
import { existsSync, rmdirSync, rmSync } from 'node:fs';
import { labCgroup, removeCgroup } from './cgroup.ts';
import { namespacesOf, removeNetwork } from './network.ts';
import { filesOf, stateRootFolder } from './state.ts';

/** Answers whether there was anything. */
export async function takeDown(name: string): Promise<boolean> {
  const files = filesOf(name);
  const wasThere = existsSync(files.folder) || existsSync(labCgroup(name)) || namespacesOf(name).length > 0;
  // One kill for all: no program is left to wait for another that went first.
  await removeCgroup(labCgroup(name));
  await removeNetwork(name);
  rmSync(files.folder, { recursive: true, force: true });
  rmSync(files.kubeconfig, { force: true });
  removeIfEmpty(stateRootFolder());
  return wasThere;
}

/** Other labs come and go at the same time: only the attempt itself can tell. */
function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!['ENOENT', 'ENOTEMPTY'].includes(code)) throw error;
  }
}
