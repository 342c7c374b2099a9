// An interface that is renamed, and one that goes away, as the responder in the kernel and the counters see it.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { type Child, type Namespace, type Network, openNetwork } from '#test/speaker/packet/netns.ts';

const VIP = '10.9.0.100';
const BOUND = '10.9.0.101';
const FOREIGN = '10.9.0.150';
let network: Network;
let speaker: Namespace;
let client: Namespace;
let child: Child;

before(async () => {
  network = openNetwork(2);
  [speaker, client] = network.namespaces as [Namespace, Namespace];
  child = speaker.start('./announce-in-kernel-child.ts', {});
  await child.read((line) => line['ready'] === true);
});

after(async () => {
  await child?.kill('SIGKILL');
  network?.close();
});

function answers(address: string): boolean {
  try {
    client.run('arping', '-q', '-c', '1', '-w', '1', '-I', 'eth0', address);
    return true;
  } catch {
    return false;
  }
}

async function announce(ips: readonly string[], ifaces?: readonly string[]): Promise<void> {
  child.write({ ips, ifaces });
  await child.read((line) => 'announced' in line);
}

async function drops(): Promise<[string, number][]> {
  child.write({ counters: true });
  const { counted } = await child.read((line) => 'counted' in line);
  const all = counted as { [iface: string]: { drops: { [reason: string]: number } } };
  return Object.entries(all).map(([iface, one]) => [iface, one.drops['NotOwned'] ?? 0]);
}

const served = (...names: string[]) =>
  child.read(({ ifaces }) => Array.isArray(ifaces) && ifaces.sort().join() === names.sort().join());

test('an address bound to a name is not answered once the interface has another, and the counters go on under it', async () => {
  await announce([BOUND], ['eth0']);
  assert.ok(answers(BOUND));
  assert.equal(answers(FOREIGN), false);
  const [before] = await drops();
  assert.ok(before && before[0] === 'eth0' && before[1] > 0);
  speaker.run('ip', 'link', 'set', 'eth0', 'down');
  speaker.run('ip', 'link', 'set', 'eth0', 'name', 'lan0');
  speaker.run('ip', 'link', 'set', 'lan0', 'up');
  await served('lan0');
  assert.equal(answers(BOUND), false);
  const [after, ...others] = await drops();
  assert.deepEqual(others, []);
  assert.ok(after && after[0] === 'lan0' && after[1] > before[1], String(after));
  await announce([VIP, BOUND]);
  assert.ok(answers(VIP) && answers(BOUND));
});

test('a rename without a pause takes what is bound to the old name out of the kernel', async () => {
  await announce([VIP, BOUND], ['lan0']);
  assert.ok(answers(BOUND));
  try {
    speaker.run('ip', 'link', 'set', 'lan0', 'name', 'lan1');
  } catch {
    // Before Linux 6.2 only a link that is down can be renamed.
    return;
  }
  await served('lan1');
  assert.equal(answers(BOUND), false);
  await announce([VIP], ['lan1']);
  assert.ok(answers(VIP));
});

test('the counters of an interface that is gone are dropped', async () => {
  const [[name] = assert.fail()] = await drops();
  speaker.run('ip', 'link', 'add', 'extra', 'up', 'type', 'veth', 'peer', 'name', 'far');
  speaker.run('ip', 'link', 'set', 'far', 'up');
  await served('extra', 'far', name);
  assert.deepEqual((await drops()).map(([iface]) => iface).sort(), ['extra', 'far', name].sort());
  speaker.run('ip', 'link', 'delete', 'extra');
  await served(name);
  assert.deepEqual(
    (await drops()).map(([iface]) => iface),
    [name],
  );
});
