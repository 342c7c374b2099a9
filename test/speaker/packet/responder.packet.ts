// The addon, the responder and the announcer against a real kernel on the other end of a link.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import test, { after, before } from 'node:test';
import { bytes, hex } from '#test/speaker/bytes.ts';
import { type Child, eventually, type Namespace, type Network, openNetwork } from '#test/speaker/packet/netns.ts';

const VIP = '10.9.0.100';
const COUNTED_WITHIN_MS = 5_000;
let network: Network;
let speaker: Namespace;
let client: Namespace;
let child: Child;

before(async () => {
  network = openNetwork(2);
  [speaker, client] = network.namespaces as [Namespace, Namespace];
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

/** Makes the client's kernel ask for the address. */
function ask(address: string): void {
  client.run('bash', '-c', `echo > /dev/udp/${address}/9`);
}

type Counters = {
  readonly counters: { readonly [iface: string]: { readonly drops: { readonly [reason: string]: number } } };
  readonly addresses: { readonly [ip: string]: { readonly requests: number; readonly gratuitous: number } };
};

async function counters(): Promise<Counters> {
  child.write({ counters: true });
  return (await child.read((line) => 'counters' in line)) as Counters;
}

test('a kernel that asks for an owned address learns our MAC', async () => {
  ask(VIP);
  assert.equal(await eventually('neighbour entry', () => neighbour(VIP)), '02:00:00:00:00:01');
  const { addresses } = await counters();
  assert.ok((addresses[VIP]?.requests ?? 0) >= 1);
});

test('an address that is not ours stays unanswered and is counted', async () => {
  const before = (await counters()).counters['eth0']?.drops['NotOwned'] ?? 0;
  ask('10.9.0.150');
  const end = performance.now() + COUNTED_WITHIN_MS;
  for (let drops = before; drops === before; drops = (await counters()).counters['eth0']?.drops['NotOwned'] ?? 0)
    assert.ok(performance.now() < end, 'not counted');
  assert.equal(neighbour('10.9.0.150'), undefined);
});

for (const state of ['stale', 'reachable', 'delay']) {
  test(`gaining an address turns the ${state} entry of its old owner`, async () => {
    child.write({ ips: [VIP] });
    await child.read((line) => 'stopped' in line);
    client.run('ip', 'neigh', 'replace', '10.9.0.101', 'lladdr', '02:00:00:00:00:99', 'dev', 'eth0', 'nud', state);
    child.write({ ips: [VIP, '10.9.0.101'] });
    await child.read((line) => line['started'] === 1);
    await eventually('new owner', () => neighbour('10.9.0.101') === '02:00:00:00:00:01' || undefined);
  });
}

test('an address that is given up is not answered any more', async () => {
  child.write({ ips: [VIP] });
  await child.read((line) => line['stopped'] === 1);
  client.run('ip', 'neigh', 'flush', 'all');
  ask('10.9.0.101');
  ask(VIP);
  await eventually('the other address', () => neighbour(VIP));
  assert.equal(neighbour('10.9.0.101'), undefined);
});

test('an address bound to another interface is neither answered nor announced here', async () => {
  child.write({ ips: [VIP, '10.9.0.102'], ifaces: ['eth7'] });
  await child.read((line) => line['started'] === 1);
  assert.equal((await counters()).addresses['10.9.0.102']?.gratuitous, 0);
  child.write({ ips: [VIP, '10.9.0.102'], ifaces: ['eth0'] });
  client.run('ip', 'neigh', 'replace', '10.9.0.102', 'lladdr', '02:00:00:00:00:99', 'dev', 'eth0', 'nud', 'stale');
  await eventually('burst', () => neighbour('10.9.0.102') === '02:00:00:00:00:01' || undefined);
});

test('duplicate address detection of another host sees the address in use', { skip: !hasArping() }, () => {
  const { status } = spawnSync('ip', [
    'netns',
    'exec',
    client.name,
    'arping',
    '-D',
    '-c',
    '2',
    '-w',
    '2',
    '-I',
    'eth0',
    VIP,
  ]);
  assert.equal(status, 1);
});

test('frames the filter refuses never reach the process', async () => {
  // Asked by hand, so that no kernel resolution mixes in.
  const arp = (lengths: string, operation: string, tag = '') =>
    hex(
      bytes(
        'ff ff ff ff ff ff', // Ethernet destination
        '02 00 00 00 00 02', // Ethernet source
        tag,
        '08 06', // EtherType
        '00 01 08 00', // Ethernet, IPv4
        lengths,
        operation,
        '02 00 00 00 00 02', // sender hardware address
        '0a 09 00 02', // sender protocol address
        '00 00 00 00 00 00', // target hardware address
        '0a 09 00 64', // target protocol address
      ),
    );
  const requests = async () => (await counters()).addresses[VIP]?.requests ?? 0;
  client.run('ip', 'neigh', 'flush', 'all');
  const before = await requests();
  const refused = [arp('06 10', '00 01'), arp('06 04', '00 08'), arp('06 04', '00 01', '81 00 00 05')];
  const accepted = arp('06 04', '00 01');
  await once(client.start('./send-child.ts', [...refused, accepted]).process, 'exit');
  // The last frame sent is the only one that arrives.
  let seen = before;
  for (let i = 0; i < 200 && seen === before; i++) seen = await requests();
  assert.equal(seen, before + 1);
  const drops = (await counters()).counters['eth0']?.drops ?? {};
  assert.deepEqual([drops['AddressLength'], drops['Operation']], [undefined, undefined]);
});

test('a changed MAC is announced at once', async () => {
  ask(VIP);
  await eventually('entry', () => neighbour(VIP));
  speaker.run('ip', 'link', 'set', 'eth0', 'address', '02:00:00:00:00:77');
  await eventually('new MAC', () => neighbour(VIP) === '02:00:00:00:00:77' || undefined);
});

test('carrier that comes back starts the burst anew', async () => {
  speaker.run('ip', 'link', 'set', 'eth0', 'down');
  await child.read((line) => JSON.stringify(line['ifaces']) === '[]');
  client.run('ip', 'neigh', 'replace', VIP, 'lladdr', '02:00:00:00:00:99', 'dev', 'eth0', 'nud', 'stale');
  speaker.run('ip', 'link', 'set', 'eth0', 'up');
  await child.read((line) => JSON.stringify(line['ifaces']) === '["eth0"]');
  await eventually('our MAC', () => neighbour(VIP) === '02:00:00:00:00:77' || undefined);
});

test('an interface that appears later is served too, until it is enslaved or removed', async () => {
  const served = async (names: string) => child.read((line) => JSON.stringify(line['ifaces']) === names);
  speaker.run('ip', 'link', 'add', 'lan1', 'up', 'type', 'veth', 'peer', 'name', 'vethx');
  speaker.run('ip', 'link', 'set', 'vethx', 'up');
  await served('["eth0","lan1"]');
  speaker.run('ip', 'link', 'add', 'br7', 'type', 'bridge');
  speaker.run('ip', 'link', 'set', 'lan1', 'master', 'br7');
  await served('["eth0"]');
  speaker.run('ip', 'link', 'set', 'lan1', 'nomaster');
  await served('["eth0","lan1"]');
  speaker.run('ip', 'link', 'delete', 'lan1');
  await served('["eth0"]');
});

test('once closed nothing keeps the process', async () => {
  child.write({ stop: true });
  await child.read((line) => line['stopped'] === true);
  if (child.process.exitCode === null) await once(child.process, 'exit');
  assert.equal(child.process.exitCode, 0);
});

function hasArping(): boolean {
  try {
    execFileSync('sh', ['-c', 'command -v arping']);
    return true;
  } catch {
    return false;
  }
}
