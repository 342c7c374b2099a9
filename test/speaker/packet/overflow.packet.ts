// More addresses than the maps in the kernel have room for: the packet sockets answer the rest.
import assert from 'node:assert/strict';
import test from 'node:test';
import { type Namespace, openNetwork } from '#test/speaker/packet/netns.ts';

const ips = ['10.9.0.100', '10.9.0.101', '10.9.0.102'];

test('addresses that do not fit in the kernel are answered by the process, named once, and go in when there is room', async () => {
  const network = openNetwork(2);
  const [speaker, client] = network.namespaces as [Namespace, Namespace];
  const child = speaker.start('./announce-in-kernel-child.ts', { room: 1 });
  const apply = async (wanted: readonly string[]) => {
    child.write({ ips: wanted });
    return await child.read((line) => 'announced' in line);
  };
  try {
    await child.read((line) => line['ready'] === true);
    const { announced, overflow, warnings } = await apply(ips);
    assert.equal(announced, 3);
    assert.deepEqual(overflow, { eth0: 2 });
    const fields = { ips: ips.slice(1), addresses: 2, iface: 'eth0', limit: 65_536, reason: 'KernelMapFull' };
    assert.deepEqual(warnings, [{ fields, msg: 'no room in the kernel, the process answers' }]);
    for (const ip of ips) client.run('arping', '-q', '-c', '1', '-w', '2', '-I', 'eth0', ip);
    const second = await apply(ips.slice(1));
    assert.deepEqual([second['overflow'], second['warnings']], [{ eth0: 1 }, []]);
    for (const ip of ips.slice(1)) client.run('arping', '-q', '-c', '1', '-w', '2', '-I', 'eth0', ip);
  } finally {
    await child.kill('SIGKILL');
    network.close();
  }
});
