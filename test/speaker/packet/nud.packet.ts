// Ten minutes of an idle connection, its clock run fast: the client's kernel asks the owner again and again whether it is
// still there (RFC 4861 section 7.3.3; Linux does the same for ARP), always by a unicast to the MAC it knows.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type Child, eventually, type Namespace, type Network, openNetwork } from './netns.ts';

const VIP = '10.9.0.100';
const VIP6 = 'fd09::64:1';
/** The kernel's default of 30 s a hundred times as fast; ten minutes hold twenty of them. */
const REACHABLE_MS = 300;
const CYCLES = 20;
const TALK_EVERY_MS = 40;
const ASKED_WITHIN_MS = 60_000;
let network: Network;
let client: Namespace;
let child: Child;

before(async () => {
  network = openNetwork(2);
  const [speaker, other] = network.namespaces as [Namespace, Namespace];
  client = other;
  client.run('ip', 'address', 'add', 'fd09::2/64', 'dev', 'eth0', 'nodad');
  for (const family of ['ipv4', 'ipv6']) {
    const settings = [
      ['base_reachable_time_ms', REACHABLE_MS],
      ['retrans_time_ms', 500],
      ['delay_first_probe_time', 0],
      // One broadcast would be one too many.
      ['mcast_solicit', 1],
    ];
    for (const [name, value] of settings) client.run('sysctl', '-q', '-w', `net.${family}.neigh.eth0.${name}=${value}`);
  }
  child = speaker.start('./announce-child.ts', { ips: [VIP, VIP6] });
  await child.read((line) => line['started'] === 2);
});

after(async () => {
  await child?.kill('SIGKILL');
  network?.close();
});

type Line = { readonly addresses: { readonly [ip: string]: { readonly requests: number } } };

async function requestsOf(address: string): Promise<number> {
  child.write({ counters: true });
  const { addresses } = (await child.read((line) => 'addresses' in line)) as unknown as Line;
  return addresses[address]?.requests ?? 0;
}

const show = (address: string) => client.run('ip', 'neigh', 'show', address);
const talk = (address: string) => client.run('bash', '-c', `echo > /dev/udp/${address}/9`);

for (const address of [VIP, VIP6]) {
  test(`through ${CYCLES} reachable times ${address} answers every probe and its entry never fails`, async () => {
    talk(address);
    await eventually('a neighbour entry', () => /lladdr/.test(show(address)) || undefined);
    const first = await requestsOf(address);
    const seen = new Set<string>();
    // Talk goes on until the kernel has asked that often.
    const end = performance.now() + ASKED_WITHIN_MS;
    for (let asked = 0; asked < CYCLES; asked = (await requestsOf(address)) - first) {
      assert.ok(performance.now() < end, `asked ${asked} times only`);
      talk(address);
      const entry = show(address);
      seen.add(/\b(FAILED|INCOMPLETE|REACHABLE|STALE|DELAY|PROBE)\b/.exec(entry)?.[1] ?? 'none');
      assert.match(entry, /lladdr 02:00:00:00:00:01/);
      await delay(TALK_EVERY_MS);
    }
    assert.ok(seen.has('REACHABLE'));
    assert.ok(!(seen.has('FAILED') || seen.has('INCOMPLETE')), [...seen].join());
  });
}
