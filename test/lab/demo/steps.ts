// The demo's steps in order: what a user does with Arpeggio, and what has to be seen.
import { join } from 'node:path';
import { ourNamespace } from '../arpeggio.ts';
import { checkout } from '../state.ts';
import { tryUntil } from '../wait.ts';
import { failover } from './failover.ts';
import { brokenConfig, service } from './objects.ts';
import { bad, good, type Seen, type Stage, type Step } from './step.ts';

const pool = { first: 240, last: 250 };
const sample = join(checkout, 'manifests', 'samples', 'configmap.yaml');
const promptMs = 5000;

export const steps: readonly Step[] = [
  { what: 'a ConfigMap written for MetalLB is accepted as it is', run: acceptConfig },
  { what: 'a broken pool is refused with its reason', run: refuseBrokenPool },
  { what: 'a Service gets an address from the pool', run: giveAddress },
  { what: 'curl from the client reaches a backend through it', run: reachBackend },
  { what: 'a second Service with the same address and port is refused', run: refuseClash },
  { what: 'two Services share the address on different ports', run: shareAddress },
  { what: 'the owner loses its power and requests succeed again', run: failover },
  { what: 'no program crashed on the way', run: countCrashes },
];

async function acceptConfig({ lab }: Stage): Promise<Seen> {
  const { code, stdout, stderr } = await lab.kubectl(['apply', '-f', sample]);
  return code === 0 ? good(stdout.trim()) : bad(stderr.trim());
}

async function refuseBrokenPool({ lab }: Stage): Promise<Seen> {
  const range = '192.168.1.0/33';
  const { code, stdout, stderr } = await lab.kubectl(['apply', '-f', '-'], { stdin: brokenConfig(range) });
  if (code !== 0 && stderr.includes(`"${range}" is neither a CIDR nor`)) return good(stderr.trim());
  if (code !== 0) return bad(stderr.trim());
  await lab.kubectl(['apply', '-f', sample]);
  return bad(`${stdout.trim()}, although "${range}" is no range`);
}

async function giveAddress({ lab, found }: Stage): Promise<Seen> {
  const started = performance.now();
  const { code, stderr } = await lab.kubectl(['apply', '-f', '-'], { stdin: service({ name: 'web', port: 80 }) });
  if (code !== 0) return bad(stderr.trim());
  const address = await tryUntil(() => addressOf(lab, 'web'), { every: 50, within: promptMs });
  const ms = Math.round(performance.now() - started);
  if (!address) return bad(`no address after ${ms} ms`);
  found.address = address;
  const last = Number(address.split('.')[3]);
  const isInside = address.startsWith('192.168.1.') && last >= pool.first && last <= pool.last;
  return isInside ? good(`${address} after ${ms} ms`) : bad(`${address} is not in the pool`);
}

async function reachBackend({ lab, found }: Stage): Promise<Seen> {
  const { address } = found;
  if (!address) return bad('no address to ask');
  await lab.backend('web');
  const answer = await tryUntil(() => curl(lab, `http://${address}/`), { every: 100, within: promptMs });
  if (!answer) return bad(`no answer from ${address} within ${promptMs / 1000} s`);
  const owners = await ownersOf(lab, address);
  const [owner, ...more] = owners;
  if (!owner || more.length > 0) return bad(`${owners.length} nodes answer for ${address}: ${owners.join(', ')}`);
  found.owner = owner;
  return good(`the Pod on ${answer} answered, ${owner} owns ${address}`);
}

/** The nodes that answer ARP requests for an address now; the client's own table may be older. */
async function ownersOf(lab: Stage['lab'], address: string): Promise<string[]> {
  const { stdout } = await lab.exec('client', ['arping', '-b', '-c', '2', '-w', '1', '-I', 'eth0', address]);
  const macs = new Set([...stdout.toLowerCase().matchAll(/\[([0-9a-f:]{17})\]/g)].map(([, mac]) => mac));
  return lab.nodes().flatMap(({ name, mac }) => (macs.has(mac) ? [name] : []));
}

async function refuseClash({ lab, found }: Stage): Promise<Seen> {
  if (!found.address) return bad('no address to clash over');
  const stdin = service({ name: 'clash', port: 80, address: found.address });
  const { code, stdout, stderr } = await lab.kubectl(['apply', '-f', '-'], { stdin });
  if (code !== 0 && stderr.includes('is already used by default/web')) return good(stderr.trim());
  if (code !== 0) return bad(stderr.trim());
  await lab.kubectl(['delete', 'service', 'clash']);
  return bad(`${stdout.trim()}, although port 80 on ${found.address} is taken`);
}

async function shareAddress({ lab, found }: Stage): Promise<Seen> {
  const { address } = found;
  if (!address) return bad('no address to share');
  const stdin = service({ name: 'web-too', port: 8081, address });
  const { code, stderr } = await lab.kubectl(['apply', '-f', '-'], { stdin });
  if (code !== 0) return bad(stderr.trim());
  const given = await tryUntil(() => addressOf(lab, 'web-too'), { every: 50, within: promptMs });
  if (given !== address) return bad(`the second Service got ${given || 'no address'}, wanted ${address}`);
  const both = [`http://${address}/`, `http://${address}:8081/`];
  const answers = await Promise.all(
    both.map((url) => tryUntil(() => curl(lab, url), { every: 100, within: promptMs })),
  );
  const silent = both.filter((_, index) => !answers[index]);
  return silent.length === 0
    ? good(`${address} answers on ports 80 and 8081`)
    : bad(`no answer from ${silent.join(', ')}`);
}

async function countCrashes({ lab }: Stage): Promise<Seen> {
  const path = 'jsonpath={range .items[*]}{.metadata.name} {.status.containerStatuses[*].restartCount}{"\\n"}{end}';
  const listing = await lab.mustKubectl(['get', 'pods', '-n', ourNamespace, '-o', path]);
  const pods = listing.trim().split('\n');
  const crashed = pods.filter((line) => !line.endsWith(' 0'));
  return crashed.length === 0 ? good(`${pods.length} Pods, no restart`) : bad(`restarts: ${crashed.join(', ')}`);
}

async function addressOf(lab: Stage['lab'], name: string): Promise<string> {
  const path = 'jsonpath={.status.loadBalancer.ingress[0].ip}';
  const { stdout } = await lab.kubectl(['get', 'service', name, '-o', path]);
  return stdout.trim();
}

async function curl(lab: Stage['lab'], url: string): Promise<string> {
  const { code, stdout } = await lab.exec('client', ['curl', '-s', '--noproxy', '*', '--max-time', '0.5', url]);
  return code === 0 ? stdout.trim() : '';
}
