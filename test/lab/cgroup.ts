// Process groups that cannot be left: one cgroup v2 tree per lab, so that a node dies at one instant.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { LabFailure } from './failure.ts';
import { pollUntil } from './wait.ts';

export function cgroupMount(): string {
  const [mount] = cgroupMounts('cgroup2');
  if (mount !== undefined) return mount;
  throw new LabFailure('Cannot start lab: no cgroup2 file system is mounted, wanted one (mount -t cgroup2 none /mnt)');
}

function cgroupMounts(kind: 'cgroup' | 'cgroup2'): string[] {
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((text) => text.split(' '));
  return mounts.flatMap(([, path, type]) => (type === kind && path !== undefined ? [path] : []));
}

/** A cgroup as its hierarchy calls it. */
export function pathInHierarchy(path: string): string {
  return `/${relative(cgroupMount(), path)}`;
}

/** It, and those that runc makes by the same name in the hierarchies of version 1. */
export function cgroupsOf(path: string): string[] {
  return [...cgroupMounts('cgroup').map((mount) => join(mount, pathInHierarchy(path))), path];
}

export function labCgroup(lab: string): string {
  return join(cgroupMount(), `arp-${lab}`);
}

export function makeCgroup(path: string): string {
  mkdirSync(path, { recursive: true });
  return path;
}

export function isPopulated(path: string): boolean {
  try {
    return readFileSync(join(path, 'cgroup.events'), 'utf8').includes('populated 1');
  } catch {
    return false;
  }
}

/** Every process of the tree, the lab's own commands included. */
export function processesIn(path: string): number[] {
  if (!existsSync(path)) return [];
  const own = readFileSync(join(path, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);
  return [...own, ...childrenOf(path).flatMap(processesIn)];
}

export function killCgroup(path: string): void {
  if (existsSync(path)) writeFileSync(join(path, 'cgroup.kill'), '1');
}

/** Kills and removes a tree; it is gone on return. */
export async function removeCgroup(path: string): Promise<void> {
  if (!existsSync(path)) return;
  killCgroup(path);
  await pollUntil(`processes of ${path} to end`, () => !isPopulated(path), { every: 5, within: 10_000 });
  for (const same of cgroupsOf(path)) removeTree(same);
}

function removeTree(path: string): void {
  if (!existsSync(path)) return;
  for (const child of childrenOf(path)) removeTree(child);
  rmdirSync(path);
}

function childrenOf(path: string): string[] {
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(path, entry.name));
}
