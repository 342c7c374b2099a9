// Thousands of Services and the power of one node cut: when each of its addresses is claimed again, and how long deciding took.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { electOwner } from '#speaker/elect.ts';
import { createServices, followAddresses } from '#test/chaos/follow.ts';
import { type Frame, type Wire, watchWire } from '#test/chaos/wire.ts';
import { addGuest } from '#test/lab/guest.ts';
import type { Lab } from '#test/lab/lab.ts';
import { memoryOf, signalProcesses } from '#test/lab/processes.ts';
import { pollUntil } from '#test/lab/wait.ts';
import { type Figure, percentile } from '../figure.ts';
import { AT_MOST } from './part.ts';

const POOL = 'address-pools:\n- name: wide\n  protocol: layer2\n  addresses: [10.0.0.0/16]\n';
const VICTIM = 'node1';
const GUEST_HOST = 101;
const PATIENCE = { every: 50, within: 600_000 };
const SPEAKER = /speaker\/main\.ts/;
/** Memory of a small cluster, for comparison. */
const FEW = 20;
const OTHER_WORK = /kube-(proxy|controller-manager|scheduler)/;

type Say = (line: string) => void;

/** A lab of three nodes without webhook comes in. */
export async function scale(lab: Lab, count: number, say: Say): Promise<Figure[]> {
  const metadata = { namespace: 'metallb-system', name: 'config' };
  const pool = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { config: POOL } };
  await lab.mustKubectl(['apply', '-f', '-'], JSON.stringify(pool));
  await lab.backend('web');
  // Thousands of Services keep these busy with work that is not measured here.
  signalProcesses(lab.name, /kube-(proxy|scheduler)/, 'SIGSTOP');
  const guest = await addGuest(lab.name, 'observer', GUEST_HOST);
  const wire = await watchWire(guest, { ips: [], everyMs: 1_000 });
  try {
    const few = Math.min(FEW, count);
    await serve(lab, wire, { from: 0, count: few, say });
    const atFew = memory(lab, `resident memory of a speaker, ${few} Services`, 110);
    const addresses = await serve(lab, wire, { from: few, count: count - few, say });
    const atAll = memory(lab, `resident memory of a speaker, ${count} Services`, 240);
    const owned = addresses.filter((address) => ownerOf(lab, address) === VICTIM);
    signalProcesses(lab.name, OTHER_WORK, 'SIGSTOP');
    say(`the power of ${VICTIM} is cut, ${owned.length} addresses are its own ...`);
    const figures = await cut(lab, wire, { owned, name: `power off, ${count} Services` });
    const most = Math.max(...memoryOf(lab.name, SPEAKER, 'VmHWM'));
    return [...figures, atFew, atAll, { name: 'most resident memory of an heir', value: most, unit: 'MB' }];
  } finally {
    await wire.close();
    await guest.remove();
  }
}

type Batch = { readonly from: number; readonly count: number; readonly say: Say };

/** So many more Services, until all are announced; the addresses of all there are. */
async function serve(lab: Lab, wire: Wire, { from, count, say }: Batch): Promise<string[]> {
  say(`creating ${count} Services ...`);
  const following = followAddresses(lab, 'default');
  await createServices(lab, 'default', { from, count, app: 'web' });
  await pollUntil('addresses for all', () => following.served() >= from + count, PATIENCE);
  await pollUntil('every address to be claimed', () => firstClaims(wire.frames, 0).size >= from + count, PATIENCE);
  const { addresses } = await following.end();
  return [...addresses.values()].filter((address) => address !== '');
}

/** Of the largest. */
function memory(lab: Lab, name: string, most: number): Figure {
  return { name, value: Math.max(...memoryOf(lab.name, SPEAKER)), unit: 'MB', aim: AT_MOST(most) };
}

function ownerOf(lab: Lab, address: string): string | undefined {
  return electOwner(
    lab.nodes().map(({ name }) => ({ node: name, score: 0 })),
    address,
  );
}

type Cut = { readonly owned: readonly string[]; readonly name: string };

async function cut(lab: Lab, wire: Wire, { owned, name }: Cut): Promise<Figure[]> {
  wire.forget();
  const { monotonicMs, realtimeMs } = await lab.powerOff(VICTIM);
  const isWhole = () => firstClaims(wire.frames, monotonicMs).size >= owned.length;
  await pollUntil(
    'all addresses to be claimed again',
    () => isWhole() && allClaimed(wire, owned, monotonicMs),
    PATIENCE,
  );
  const claims = firstClaims(wire.frames, monotonicMs);
  const times = owned.map((address) => (claims.get(address) ?? 0) - monotonicMs);
  return [
    { name: `${name}, first address`, value: Math.min(...times), unit: 'ms' },
    { name: `${name}, median address`, value: percentile(times, 0.5), unit: 'ms' },
    { name: `${name}, last address`, value: Math.max(...times), unit: 'ms', aim: AT_MOST(1_500) },
    { name: `${name}, verdict to all decided`, value: decisionMs(lab, realtimeMs), unit: 'ms', aim: AT_MOST(100) },
  ];
}

function allClaimed(wire: Wire, owned: readonly string[], since: number): boolean {
  const claims = firstClaims(wire.frames, since);
  return owned.every((address) => claims.has(address));
}

function firstClaims(frames: readonly Frame[], since: number): Map<string, number> {
  const first = new Map<string, number>();
  for (const { at, ip, kind } of frames) if (kind === 'claim' && at > since && !first.has(ip)) first.set(ip, at);
  return first;
}

/** From the verdict to the first line that follows the application of the whole plan, on the slower heir; ms. */
function decisionMs(lab: Lab, since: number): number {
  const files = readdirSync(lab.files.logs).filter((file) => file.startsWith('speaker.') && !file.includes(VICTIM));
  const times = files.map((file) => {
    const lines = readFileSync(join(lab.files.logs, file), 'utf8').split('\n').filter(Boolean);
    const entries = lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Entry);
    const late = entries.map(({ msg, time }) => ({ msg, at: Date.parse(time) })).filter(({ at }) => at > since);
    const died = late.find(({ msg }) => msg === 'peer died')?.at ?? Number.NaN;
    return (late.find(({ msg }) => msg === 'announcing')?.at ?? Number.NaN) - died;
  });
  return Math.max(...times);
}

type Entry = { readonly msg: string; readonly time: string };
