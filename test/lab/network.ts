// The lab's networks: one or two bridges in a namespace of their own, one namespace per place, nothing in the host's.
import { existsSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { must } from './command.ts';
import { messageOf } from './failure.ts';
import { lan, namespaceOf, namespacePath, namespacePrefix, type Place, type Port } from './place.ts';

const segment = 'lan';

/** One port of a place: its end in the place, the bridge it is plugged into, and its end there. */
type Cable = { readonly iface: string; readonly bridge: string; readonly port: string; readonly at: Port };

function cablesOf(place: Place): Cable[] {
  const lanCable = { iface: 'eth0', bridge: 'br0', port: place.name, at: place };
  if (!place.mgmt) return [lanCable];
  return [lanCable, { iface: 'eth1', bridge: 'br1', port: `${place.name}m`, at: place.mgmt }];
}

/** The names of a place's ports at the switch. */
export function switchPorts(place: Place): string[] {
  return cablesOf(place).map(({ port }) => port);
}

/** The namespace of the switch, where all frames between places pass. */
export function switchNamespace(lab: string): string {
  return namespaceOf(lab, segment);
}

/** The switch; places are plugged in one by one. */
export async function makeSwitch(lab: string, hasMgmt: boolean): Promise<void> {
  const namespace = namespaceOf(lab, segment);
  await makeNamespace(namespace, []);
  const known = await links(lab);
  const missing = (hasMgmt ? ['br0', 'br1'] : ['br0']).filter((bridge) => !hasLink(known, bridge));
  // A switch that learns who listens to multicast would delay neighbour discovery.
  const lines = missing.flatMap((bridge) => [
    `link add ${bridge} type bridge stp_state 0 mcast_snooping 0`,
    `link set ${bridge} up`,
  ]);
  if (lines.length > 0) await ipBatch(namespace, lines);
}

/** Makes a place unless it is there. */
export async function makePlace(lab: string, place: Place): Promise<void> {
  if (hasLink(await links(lab), place.name)) return;
  const namespace = namespaceOf(lab, place.name);
  await makeNamespace(namespace, place.isNode ? nodeSettings : plainSettings);
  const plugs = cablesOf(place).flatMap(({ iface, bridge, port, at }) => [
    `link add ${port} type veth peer name ${iface} address ${at.mac} netns ${namespace}`,
    `link set ${port} master ${bridge} up`,
  ]);
  const addresses = cablesOf(place).flatMap(({ iface, at }) => [
    `addr add ${at.ipv4}/24 broadcast + dev ${iface}`,
    `addr add ${at.ipv6}/64 dev ${iface} nodad`,
    `link set ${iface} up`,
  ]);
  await ipBatch(namespaceOf(lab, segment), plugs);
  await ipBatch(namespace, [
    'link set lo up',
    ...addresses,
    // Nobody lives at the gateway: without a default route a node could not even begin to send to a Service's address.
    ...(place.isNode ? [`route add default via ${lan.gateway4}`, `route add ::/0 via ${lan.gateway6}`] : []),
  ]);
}

/** Removes a node's network with its Pods' and all that their kernels still meant to say. */
export async function wipeNode(lab: string, place: Place): Promise<void> {
  const namespace = namespaceOf(lab, place.name);
  const known = await links(lab);
  const plugged = switchPorts(place).filter((port) => hasLink(known, port));
  if (plugged.length > 0) {
    await ipBatch(
      namespaceOf(lab, segment),
      plugged.map((port) => `link delete ${port}`),
    );
  }
  if (!existsSync(`/run/netns/${namespace}`)) return;
  const listing = await must(['ip', '-n', namespace, '-br', 'link']);
  const pods = [...listing.matchAll(/^veth([0-9a-f]{8})@/gm)].map(([, id = '']) => podNamespace(lab, id));
  await Promise.all([...pods, namespace].map(removeNamespace));
}

export function podNamespace(lab: string, id: string): string {
  return namespaceOf(lab, `pod-${id}`);
}

// Duplicate address detection would make every address wait for a second.
const plainSettings = ['ipv6/conf/all/accept_dad=0', 'ipv6/conf/default/accept_dad=0'];
const nodeSettings = [
  ...plainSettings,
  'ipv4/ip_forward=1',
  'ipv4/conf/all/rp_filter=0',
  'ipv4/conf/default/rp_filter=0',
  'ipv6/conf/all/forwarding=1',
  'ipv6/conf/default/forwarding=1',
];

export async function makeNamespace(namespace: string, settings: readonly string[]): Promise<void> {
  if (!existsSync(`/run/netns/${namespace}`)) await must(['ip', 'netns', 'add', namespace]);
  if (settings.length === 0) return;
  const lines = settings
    .map((setting) => setting.split('='))
    .map(([key, value]) => `echo ${value} > /proc/sys/net/${key}`);
  await must(['nsenter', `--net=/run/netns/${namespace}`, '--', '/bin/sh', '-ec', lines.join('\n')]);
}

export function podSettings(): readonly string[] {
  return plainSettings;
}

export async function ipBatch(namespace: string, lines: readonly string[]): Promise<void> {
  await must(['ip', '-n', namespace, '-batch', '-'], { stdin: `${lines.join('\n')}\n` });
}

async function links(lab: string): Promise<string> {
  return await must(['ip', '-n', namespaceOf(lab, segment), '-br', 'link']);
}

function hasLink(listing: string, name: string): boolean {
  return listing.split('\n').some((line) => line.startsWith(`${name}@`) || line.startsWith(`${name} `));
}

/** Pulls or plugs the cables of a place at the switch: all of them, or the one to the LAN. */
export async function setCables(lab: string, place: Place, how: { which: 'all' | 'lan'; state: 'up' | 'down' }) {
  const ports = how.which === 'all' ? switchPorts(place) : [place.name];
  await ipBatch(
    namespaceOf(lab, segment),
    ports.map((port) => `link set ${port} ${how.state}`),
  );
}

export function namespacesOf(lab: string): string[] {
  if (!existsSync('/run/netns')) return [];
  return readdirSync('/run/netns').filter((name) => name.startsWith(namespacePrefix(lab)));
}

export async function removeNamespace(namespace: string): Promise<void> {
  if (existsSync(`/run/netns/${namespace}`)) await must(['ip', 'netns', 'delete', namespace]);
}

/** Ends what somebody started in the lab's namespaces by hand, then removes them with all their links. */
export async function removeNetwork(lab: string): Promise<void> {
  const namespaces = namespacesOf(lab);
  for (const pid of processesInside(namespaces)) kill(pid);
  await Promise.all(namespaces.map(removeNamespace));
}

export function processesInside(namespaces: readonly string[]): number[] {
  const inodes = new Set(namespaces.map((name) => `net:[${statSync(`/run/netns/${name}`).ino}]`));
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => inodes.has(networkOf(name)))
    .map(Number);
}

function networkOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return '';
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!messageOf(error).includes('ESRCH')) throw error;
  }
}

export function placePath(lab: string, place: Place): string {
  return namespacePath(lab, place.name);
}
