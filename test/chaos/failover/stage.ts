// What every failover scenario plays on: a Service with an address, its owner by election, backends on the other nodes, and a
// guest that watches the LAN and asks for the address all the time.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { electOwner } from '#speaker/elect.ts';
import { monotonicNow } from '#test/lab/faults.ts';
import { addGuest, type Guest } from '#test/lab/guest.ts';
import type { Lab } from '#test/lab/lab.ts';
import { checkout } from '#test/lab/state.ts';
import { pollUntil } from '#test/lab/wait.ts';
import { answerersOf, type Wire, watchWire } from '../wire.ts';

export type Stage = {
  readonly lab: Lab;
  readonly address: string;
  /** While all nodes live. */
  readonly owner: string;
  /** When the owner does not. */
  readonly heir: string;
  readonly guest: Guest;
  readonly wire: Wire;
  /** A connection without an answer for so long has failed. */
  readonly patienceMs: number;
  close(): Promise<void>;
};

export const PATIENCE = { every: 10, within: 30_000 };
const SERVICE = 'web';
const GUEST_HOST = 101;
const ASK_EVERY_MS = 20;
/** So long has one node alone to answer until it counts as the owner. */
const QUIET_MS = 200;

/** The lab is up with Arpeggio in it. */
export async function setStage(lab: Lab, patienceMs: number): Promise<Stage> {
  await lab.mustKubectl(['apply', '-f', '-'], readFileSync(join(checkout, 'manifests/samples/configmap.yaml'), 'utf8'));
  const address = await haveService(lab);
  const names = lab.nodes().map(({ name }) => name);
  const elect = (nodes: readonly string[]) => electOwner(candidatesOf(nodes), address) ?? '';
  const owner = elect(names);
  const heir = elect(names.filter((name) => name !== owner));
  // A dead node's own backend would fail connections for a reason that is not ours.
  await lab.backend(SERVICE, { nodes: names.filter((name) => name !== owner) });
  await Promise.all(names.map((node) => untilServed(lab, node)));
  const guest = await addGuest(lab.name, 'observer', GUEST_HOST);
  const wire = await watchWire(guest, { ips: [address], everyMs: ASK_EVERY_MS });
  const close = async () => {
    await wire.close();
    await guest.remove();
  };
  const stage = { lab, address, owner, heir, guest, wire, patienceMs, close };
  await untilOwner(stage, owner);
  return stage;
}

function candidatesOf(nodes: readonly string[]) {
  return nodes.map((node) => ({ node, score: 0 }));
}

async function haveService(lab: Lab): Promise<string> {
  const spec = { type: 'LoadBalancer', selector: { app: SERVICE }, ports: [{ port: 80, targetPort: 8080 }] };
  const object = { apiVersion: 'v1', kind: 'Service', metadata: { name: SERVICE }, spec };
  await lab.mustKubectl(['apply', '-f', '-'], JSON.stringify(object));
  const path = 'jsonpath={.status.loadBalancer.ingress[0].ip}';
  return await pollUntil('an address', () => lab.mustKubectl(['get', 'service', SERVICE, '-o', path]), PATIENCE);
}

/** Until kube-proxy on this node forwards to the backends. */
async function untilServed(lab: Lab, node: string): Promise<void> {
  const cluster = await lab.mustKubectl(['get', 'service', SERVICE, '-o', 'jsonpath={.spec.clusterIP}']);
  const curl = ['curl', '-s', '-f', '-o', '/dev/null', '--noproxy', '*', '--max-time', '1', `http://${cluster}/`];
  await pollUntil(`kube-proxy on ${node}`, async () => (await lab.exec(node, curl)).code === 0, PATIENCE);
}

export function macOf({ lab }: Pick<Stage, 'lab'>, node: string): string {
  const place = lab.nodes().find(({ name }) => name === node);
  if (!place) throw new Error(`Cannot find the MAC of "${node}", wanted a node of the lab`);
  return place.mac;
}

/** The nodes that answered for the address from `since` (CLOCK_MONOTONIC, ms) on, in the order of their names. */
export function answerers({ lab, wire, address }: Stage, since: number): string[] {
  const macs = answerersOf(wire.frames, address, since);
  return lab.nodes().flatMap(({ name, mac }) => (macs.has(mac) ? [name] : []));
}

/** Until exactly these nodes answer, and nobody else for a while; returns when (CLOCK_MONOTONIC, ms) that began. */
export async function untilAnswerers(stage: Stage, nodes: readonly string[]): Promise<number> {
  const wanted = [...nodes].sort().join();
  const start = monotonicNow();
  return await pollUntil(
    `${wanted} to answer for ${stage.address}`,
    () => {
      const since = monotonicNow() - QUIET_MS;
      return since > start && answerers(stage, since).join() === wanted ? lastForeign(stage, nodes, start) : undefined;
    },
    PATIENCE,
  );
}

export async function untilOwner(stage: Stage, node: string): Promise<void> {
  await untilAnswerers(stage, [node]);
}

/** When one that is none of these answered last. */
function lastForeign({ lab, wire, address }: Stage, nodes: readonly string[], start: number): number {
  const macs = new Set(nodes.map((node) => macOf({ lab }, node)));
  const foreign = wire.frames.findLast(
    (frame) => frame.kind === 'answer' && frame.ip === address && !macs.has(frame.mac),
  );
  return Math.max(start, foreign?.at ?? 0);
}
