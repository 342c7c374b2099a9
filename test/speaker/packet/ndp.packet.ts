// NDP against a real kernel on the other end of a link: resolution, probes, groups, take-over.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import test, { after, before } from 'node:test';
import { type Child, eventually, type Namespace, type Network, openNetwork } from '#test/speaker/packet/netns.ts';

const VIP = 'fd09::64:1';
const OTHER = 'fd09::64:2';
const OURS = '02:00:00:00:00:01';
let network: Network;
let speaker: Namespace;
let client: Namespace;
let child: Child;

before(async () => {
  network = openNetwork(2);
  [speaker, client] = network.namespaces as [Namespace, Namespace];
  client.run('ip', 'address', 'add', 'fd09::2/64', 'dev', 'eth0', 'nodad');
  child = speaker.start('./announce-child.ts', { ips: [VIP] });
  await child.read((line) => line['started'] === 1);
});

after(async () => {
  await child?.kill('SIGKILL');
  network?.close();
});

function neighbour(address: string): string | undefined {
  return /lladdr (\S+)/.exec(client.run('ip', 'neigh', 'show', address))?.[1];
}

function replaceNeighbour(address: string, state: string): void {
  client.run('ip', 'neigh', 'replace', address, 'lladdr', '02:00:00:00:00:99', 'dev', 'eth0', 'nud', state);
}

function ask(address: string): void {
  client.run('bash', '-c', `echo > /dev/udp/${address}/9`);
}

function groups(): string {
  return speaker.run('ip', 'maddress', 'show', 'dev', 'eth0');
}

async function requestsOf(address: string): Promise<number> {
  child.write({ counters: true });
  const line = await child.read((one) => 'addresses' in one);
  return (line['addresses'] as { [ip: string]: { requests: number } })[address]?.requests ?? 0;
}

test('a kernel that asks for an owned address learns our MAC', async () => {
  ask(VIP);
  assert.equal(await eventually('neighbour entry', () => neighbour(VIP)), OURS);
  assert.ok((await requestsOf(VIP)) >= 1);
});

test("the interface is in the address's group for its own filter and for MLD", () => {
  assert.match(groups(), /link\s+33:33:ff:64:00:01/);
  assert.match(groups(), /inet6\s+ff02::1:ff64:1/);
});

test('a kernel that wants the address itself finds it in use', async () => {
  client.run('ip', 'address', 'add', `${VIP}/128`, 'dev', 'eth0');
  await eventually(
    'duplicate',
    () => /dadfailed/.test(client.run('ip', 'address', 'show', 'dev', 'eth0')) || undefined,
  );
  client.run('ip', 'address', 'delete', `${VIP}/128`, 'dev', 'eth0');
});

test('a reachability probe to our MAC is answered', async () => {
  client.run('ip', 'neigh', 'replace', VIP, 'lladdr', OURS, 'dev', 'eth0', 'nud', 'probe');
  const reachable = () => /REACHABLE/.test(client.run('ip', 'neigh', 'show', VIP)) || undefined;
  await eventually('a reachable entry', reachable, 4_000);
});

for (const state of ['stale', 'reachable', 'delay']) {
  test(`gaining an address turns the ${state} entry of its old owner`, async () => {
    child.write({ ips: [VIP] });
    await child.read((line) => 'stopped' in line);
    replaceNeighbour(OTHER, state);
    child.write({ ips: [VIP, OTHER] });
    await child.read((line) => line['started'] === 1);
    await eventually('new owner', () => neighbour(OTHER) === OURS || undefined);
  });
}

test('ndisc6 gets the answer', { skip: spawnSync('ndisc6', ['--version']).error !== undefined }, () => {
  assert.match(client.run('ndisc6', '-1', '-r', '1', VIP, 'eth0'), /02:00:00:00:00:01/i);
});

test('an address that is given up is not answered, and its group is left', async () => {
  child.write({ ips: [VIP] });
  await child.read((line) => line['stopped'] === 1);
  assert.doesNotMatch(groups(), /ff64:2|ff:64:00:02/);
  client.run('ip', 'neigh', 'flush', 'all');
  ask(OTHER);
  ask(VIP);
  await eventually('the other address', () => neighbour(VIP));
  assert.equal(neighbour(OTHER), undefined);
});

test('an interface that appears later joins the groups', async () => {
  speaker.run('ip', 'link', 'add', 'lan1', 'up', 'type', 'veth', 'peer', 'name', 'vethx');
  speaker.run('ip', 'link', 'set', 'vethx', 'up');
  await child.read((line) => JSON.stringify(line['ifaces']) === '["eth0","lan1"]');
  const late = () => /33:33:ff:64:00:01/.test(speaker.run('ip', 'maddress', 'show', 'dev', 'lan1')) || undefined;
  await eventually('the group on the late interface', late);
  speaker.run('ip', 'link', 'delete', 'lan1');
});

test('an interface without IPv6 of its own announces all the same', async () => {
  speaker.run('sysctl', '-q', '-w', 'net.ipv6.conf.eth0.disable_ipv6=1');
  replaceNeighbour(OTHER, 'stale');
  child.write({ ips: [VIP, OTHER] });
  await child.read((line) => line['started'] === 1);
  await eventually('new owner', () => neighbour(OTHER) === OURS || undefined);
  client.run('ip', 'neigh', 'flush', 'all');
  ask(OTHER);
  await eventually('neighbour entry', () => neighbour(OTHER));
});
