// The lab's network: a bridge in a namespace of its own, one namespace per place, nothing in the host's.
import { existsSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { must } from './command.ts';
import { messageOf } from './failure.ts';
import { lan, namespaceOf, namespacePath, namespacePrefix, type Place } from './place.ts';

const segment = 'lan';

/** The switch; places are plugged in one by one. */
export async function makeSwitch(lab: string): Promise<void> {
  const namespace = namespaceOf(lab, segment);
  await makeNamespace(namespace, []);
  if (hasLink(await links(lab), 'br0')) return;
  // A switch that learns who listens to multicast would delay neighbour discovery.
  await ipBatch(namespace, ['link add br0 type bridge stp_state 0 mcast_snooping 0', 'link set br0 up']);
}

/** Makes a place unless it is there. */
export async function makePlace(lab: string, place: Place): Promise<void> {
  if (hasLink(await links(lab), place.name)) return;
  const namespace = namespaceOf(lab, place.name);
  await makeNamespace(namespace, place.isNode ? nodeSettings : plainSettings);
  await ipBatch(namespaceOf(lab, segment), [
    `link add ${place.name} type veth peer name eth0 address ${place.mac} netns ${namespace}`,
    `link set ${place.name} master br0 up`,
  ]);
  await ipBatch(namespace, [
    'link set lo up',
    `addr add ${place.ipv4}/24 broadcast + dev eth0`,
    `addr add ${place.ipv6}/64 dev eth0 nodad`,
    'link set eth0 up',
    // Nobody lives at the gateway: without a default route a node could not even begin to send to a Service's address.
    ...(place.isNode ? [`route add default via ${lan.gateway4}`, `route add ::/0 via ${lan.gateway6}`] : []),
  ]);
}

/** Removes a node's network with its Pods' and all that their kernels still meant to say. */
export async function wipeNode(lab: string, place: Place): Promise<void> {
  const namespace = namespaceOf(lab, place.name);
  if (hasLink(await links(lab), place.name)) await ipBatch(namespaceOf(lab, segment), [`link delete ${place.name}`]);
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

/** Pulls or plugs the cable of a place at the switch. */
export async function setCable(lab: string, place: Place, state: 'up' | 'down'): Promise<void> {
  await must(['ip', '-n', namespaceOf(lab, segment), 'link', 'set', place.name, state]);
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
