// Brings a lab up, or what of it is missing: network, control plane, supervisor, then Arpeggio.
import { existsSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isPopulated, labCgroup, makeCgroup } from './cgroup.ts';
import { must, run, startDetached } from './command.ts';
import { controlCgroup, controlPrograms, startControl, writeKeys, writeKubeconfig } from './control-plane.ts';
import { LabFailure } from './failure.ts';
import type { KubeletState } from './kubelet/kubelet.ts';
import { lastLinesOf } from './logs.ts';
import { makePlace, makeSwitch, namespacesOf } from './network.ts';
import { client, controlName, controlPlace, namespacePath } from './place.ts';
import { checkout, filesOf, type LabRecord, nameFlag, readRecord, writeRecord } from './state.ts';
import { openSupervisor } from './supervisor-client.ts';
import { pollUntil } from './wait.ts';

export type Say = (line: string) => void;

export type Wish = {
  readonly nodes?: number | undefined;
  readonly mgmt?: boolean | undefined;
  /** As in the record. */
  readonly image?: string | undefined;
  readonly programs?: LabRecord['programs'];
  readonly audit?: boolean | undefined;
};

/** A cluster without Arpeggio: every node Ready, routed, and served by its kube-proxy. */
export async function upBare(name: string, wish: Wish, say: Say): Promise<LabRecord> {
  const record = await recordOf(name, wish);
  writeRecord(record);
  writeKeys(name);
  writeKubeconfig(record);
  makeCgroup(labCgroup(name));
  await makeSwitch(name, record.mgmt);
  await Promise.all([controlPlace(record), client].map((place) => makePlace(name, place)));
  say(`network: ${record.mgmt ? 'two bridges' : 'bridge'}, control and client`);
  startControl(record, 'etcd');
  startControl(record, 'kube-apiserver');
  startSupervisor(record);
  await untilState(name, 'the API server', (state) => state.isApiReady);
  say('control plane: etcd and kube-apiserver answer');
  startControl(record, 'kube-controller-manager');
  startControl(record, 'kube-scheduler');
  await untilState(name, 'the nodes', (state) => state.isReady);
  say(`nodes: ${record.nodes} Ready, with routes and kube-proxy`);
  return record;
}

async function recordOf(name: string, { nodes, mgmt, image, programs, audit }: Wish): Promise<LabRecord> {
  const known = readRecord(name);
  const remedy = `take it down first with npm run lab -- down${nameFlag(name)}`;
  if (known && nodes !== undefined && known.nodes !== nodes) {
    throw new LabFailure(`Cannot start lab "${name}" with ${nodes} nodes: it is up with ${known.nodes}, ${remedy}`);
  }
  if (known && mgmt && !known.mgmt) {
    throw new LabFailure(`Cannot start lab "${name}" with a second network: it is up without, ${remedy}`);
  }
  if (known && audit && !known.audit) {
    throw new LabFailure(`Cannot start lab "${name}" with an audit log: it is up without, ${remedy}`);
  }
  if (known && image !== undefined && known.image !== image) {
    const present = known.image === undefined ? 'the checkout' : `"${known.image}"`;
    throw new LabFailure(`Cannot start lab "${name}" with image "${image}": it is up with ${present}, ${remedy}`);
  }
  if (!known && namespacesOf(name).length > 0) {
    const choice = `choose another --name, or end it with npm run lab -- down${nameFlag(name)}`;
    throw new LabFailure(`Cannot start lab "${name}": one of that name runs from another folder, ${choice}`);
  }
  const layout = { nodes: known?.nodes ?? nodes ?? 3, mgmt: known?.mgmt ?? mgmt ?? false };
  const record = { name, ...layout, audit: known?.audit ?? audit, ...(await runtimeOf(known?.image ?? image)) };
  return { ...record, programs: { ...known?.programs, ...programs }, binaries: await build([]) };
}

async function runtimeOf(image: string | undefined): Promise<Pick<LabRecord, 'image' | 'seccompProfile'>> {
  if (image === undefined) return {};
  if ((await run(['runc', '--version'])).code !== 0) {
    throw new LabFailure(`Cannot run image "${image}": "runc" is not on the PATH (Debian: apt-get install runc)`);
  }
  return { image, seccompProfile: join(await build(['containerd']), 'seccomp-profile') };
}

async function build(what: readonly string[]): Promise<string> {
  const folder = await must(['sh', join(import.meta.dirname, 'binaries', 'build.sh'), ...what]);
  return folder.trim();
}

function startSupervisor(record: LabRecord): void {
  const cgroup = makeCgroup(controlCgroup(record.name, 'supervisor'));
  if (isPopulated(cgroup)) return;
  const files = filesOf(record.name);
  rmSync(files.socket, { force: true });
  startDetached({
    argv: [process.execPath, join(import.meta.dirname, 'supervisor.ts'), record.name],
    cgroup,
    namespace: namespacePath(record.name, controlName),
    log: join(files.logs, 'supervisor.control.log'),
    env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH']}:/usr/sbin:/sbin`, PWD: checkout },
  });
}

export async function untilState(
  name: string,
  what: string,
  isMet: (state: KubeletState) => boolean,
): Promise<KubeletState> {
  const ask = openSupervisor(name);
  let deadSince = performance.now();
  const probe = async () => {
    const dead = deadPrograms(name);
    if (dead.length === 0) deadSince = performance.now();
    // A program needs a moment to enter its cgroup.
    if (performance.now() - deadSince > 1500) throw new LabFailure(obituary(name, dead));
    const state = await ask<KubeletState>('/state').catch(() => undefined);
    return state && isMet(state) ? state : undefined;
  };
  return await pollUntil(`${what} of lab "${name}"`, probe, { every: 30, within: 60_000 });
}

function deadPrograms(name: string): string[] {
  return [...controlPrograms, 'supervisor'].filter((program) => {
    const cgroup = controlCgroup(name, program);
    return existsSync(cgroup) && !isPopulated(cgroup);
  });
}

function obituary(name: string, dead: readonly string[]): string {
  const words = dead.map((program) => lastLinesOf(filesOf(name).logs, program)).join('\n');
  return `Cannot start lab "${name}": ${dead.join(', ')} ended; last words:\n${words}`;
}
