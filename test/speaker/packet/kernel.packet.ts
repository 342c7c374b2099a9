// The life of the responder in the kernel: attached, killed, restarted in place, ended.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { type Child, eventually, type Namespace, type Network, openNetwork } from '#test/speaker/packet/netns.ts';

const VIP = '10.9.0.100';
const VIP6 = 'fd09::64:1';
const LIFE_MS = 800;
let network: Network;
let speaker: Namespace;
let client: Namespace;
let bpffs: string;

before(() => {
  network = openNetwork(2);
  [speaker, client] = network.namespaces as [Namespace, Namespace];
  client.run('ip', 'address', 'add', 'fd09::2/64', 'dev', 'eth0', 'nodad');
  bpffs = mkdtempSync(join(tmpdir(), 'arpeggio-bpffs-'));
  execFileSync('mount', ['-t', 'bpf', 'bpf', bpffs]);
});

after(() => {
  network?.close();
  execFileSync('umount', [bpffs]);
  rmSync(bpffs, { recursive: true });
});

async function start(pinFolder?: string, ips = [VIP, VIP6]): Promise<{ child: Child; readopted: number }> {
  const child = speaker.start('./kernel-child.ts', { ips, lifeMs: LIFE_MS, ...(pinFolder ? { pinFolder } : {}) });
  const { readopted } = await child.read((line) => line['ready'] === true);
  return { child, readopted: Number(readopted) };
}

/** Whether the address answers somebody who asks now. */
function answers(address: string): boolean {
  try {
    client.run('arping', '-q', '-c', '1', '-w', '1', '-I', 'eth0', address);
    return true;
  } catch {
    return false;
  }
}

function neighbour(address: string): string | undefined {
  client.run('ip', 'neigh', 'flush', 'all');
  client.run('bash', '-c', `echo > /dev/udp/${address}/9`);
  return /lladdr (\S+)/.exec(client.run('ip', 'neigh', 'show', address))?.[1];
}

test('ARP, NDP and pings are answered while the process lives, and not a moment longer when nothing is pinned', async () => {
  const { child } = await start();
  assert.ok(answers(VIP));
  await eventually('a neighbour entry', () => neighbour(VIP6));
  assert.match(client.run('ping', '-c', '1', '-W', '1', VIP), / 0% packet loss/);
  assert.match(client.run('ping', '-c', '1', '-W', '1', VIP6), / 0% packet loss/);
  await child.kill('SIGKILL');
  assert.equal(answers(VIP), false);
});

test('pinned, a process that is killed falls silent when its slot runs out', async () => {
  const { child } = await start(join(bpffs, 'killed'));
  assert.ok(answers(VIP));
  await child.kill('SIGKILL');
  const killedAt = performance.now();
  await eventually('silence', () => !answers(VIP) || undefined);
  assert.ok(performance.now() - killedAt > LIFE_MS / 2);
});

test('what an expired slot left does not come back to life with the next process', async () => {
  const { child, readopted } = await start(join(bpffs, 'killed'), ['10.9.0.101']);
  assert.ok(readopted > 0);
  assert.ok(answers('10.9.0.101'));
  assert.equal(answers(VIP), false);
  await child.kill('SIGTERM');
});

test('SIGTERM leaves nothing pinned and nothing attached', async () => {
  const { child } = await start(join(bpffs, 'ended'));
  assert.ok(readdirSync(join(bpffs, 'ended')).length > 0);
  await child.kill('SIGTERM');
  assert.equal(existsSync(join(bpffs, 'ended')), false);
  assert.equal(answers(VIP), false);
});

test('a restart in place with pinned maps loses no answer of a steady stream', async () => {
  const folder = join(bpffs, 'restarted');
  const first = await start(folder);
  const stream = client.start('./stream-child.ts', { ip: VIP, everyMs: 1 });
  await stream.read((line) => line['asking'] === true);
  await first.child.kill('SIGUSR2');
  const second = await start(folder);
  assert.ok(second.readopted > 0);
  stream.write({ stop: true });
  const { asked, answered } = await stream.read((line) => 'asked' in line);
  assert.ok(Number(asked) > 20, `${asked} asked`);
  assert.equal(answered, asked);
  await stream.kill('SIGKILL');
  await second.child.kill('SIGTERM');
});
