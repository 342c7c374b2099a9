// Faults of the network and of the API server, made at the switch and at the process; each is undone by its counterpart.
import { existsSync } from 'node:fs';
import { isPopulated, removeCgroup } from './cgroup.ts';
import { must } from './command.ts';
import { controlCgroup, startControl } from './control-plane.ts';
import { LabFailure, quoteAll } from './failure.ts';
import type { KubectlRun } from './kubectl.ts';
import { setCables, switchNamespace, switchPorts } from './network.ts';
import { namespacePath, nodePlaces, type Place } from './place.ts';
import type { LabRecord } from './state.ts';
import { pollUntil } from './wait.ts';

/** CLOCK_MONOTONIC in milliseconds just before something was done and when it was done. */
export type Moment = { readonly monotonicMs: number; readonly doneMs: number };

const apiProgram = 'kube-apiserver';
const patience = { every: 50, within: 60_000 };

/** Cuts `apart` off from all other nodes on every network; `control` and `client` still reach both sides. */
export async function partition(record: LabRecord, apart: readonly Place[]): Promise<Moment> {
  const rest = nodePlaces(record).filter(({ name }) => !apart.some((place) => place.name === name));
  if (rest.length === 0) {
    const names = quoteAll(apart.map(({ name }) => name));
    throw new LabFailure(`Cannot make a partition: ${names}, wanted at least one node on the other side`);
  }
  const set = (places: readonly Place[]) => `{ ${quoteAll(places.flatMap(switchPorts))} }`;
  return await timed(() =>
    setTable(record.name, 'partition', [
      `iifname ${set(apart)} oifname ${set(rest)} drop`,
      `iifname ${set(rest)} oifname ${set(apart)} drop`,
    ]),
  );
}

export async function heal({ name }: LabRecord): Promise<Moment> {
  return await timed(() => setTable(name, 'partition', []));
}

/** Loses this share (0 to 1) of all frames at the switch; 0 ends it. */
export async function setLoss({ name }: LabRecord, share: number): Promise<void> {
  const tenThousandths = Math.round(share * 10_000);
  await setTable(name, 'loss', share === 0 ? [] : [`numgen random mod 10000 < ${tenThousandths} drop`]);
}

/** The rules every frame between two ports of the switch passes; none: it is removed. */
async function setTable(lab: string, table: string, rules: readonly string[]): Promise<void> {
  const chain = [`chain forward {`, 'type filter hook forward priority 0', ...rules, '}'];
  // Added first, so that the deletion before it never fails; all of it is one transaction.
  const lines = [`table bridge ${table}`, `delete table bridge ${table}`];
  if (rules.length > 0) lines.push(`table bridge ${table} {`, ...chain, '}');
  const argv = ['nsenter', `--net=/run/netns/${switchNamespace(lab)}`, '--', 'nft', '-f', '-'];
  await must(argv, { stdin: `${lines.join('\n')}\n` });
}

/** A node whose cable to the LAN is out at the switch has no carrier at eth0. */
export async function setLink({ name }: LabRecord, place: Place, state: 'up' | 'down'): Promise<Moment> {
  if (!existsSync(namespacePath(name, place.name))) {
    const verb = state === 'up' ? 'plug in' : 'pull';
    throw new LabFailure(`Cannot ${verb} the cable of "${place.name}": its power is off`);
  }
  return await timed(() => setCables(name, place, { which: 'lan', state }));
}

/** Ends the API server's process; etcd keeps what it knew. Answers whether it ran. */
export async function stopApi({ name }: LabRecord): Promise<boolean> {
  const cgroup = controlCgroup(name, apiProgram);
  const ran = isPopulated(cgroup);
  // Without its cgroup it counts as stopped, not as crashed.
  await removeCgroup(cgroup);
  return ran;
}

export async function startApi(record: LabRecord, kubectl: KubectlRun): Promise<void> {
  startControl(record, apiProgram);
  const isReady = async () => (await kubectl.try(['get', '--raw', '/readyz'])).code === 0;
  await pollUntil('the API server', isReady, patience);
}

async function timed(act: () => Promise<void>): Promise<Moment> {
  const monotonicMs = monotonicNow();
  await act();
  return { monotonicMs, doneMs: monotonicNow() };
}

export function monotonicNow(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
