// The uplink probe against a real gateway, by IPv4, by IPv6, and found by itself.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { type Child, type Line, type Namespace, type Network, openNetwork } from '#test/speaker/packet/netns.ts';

let network: Network;
let node: Namespace;
let gateway: Namespace;

before(() => {
  network = openNetwork(2);
  [node, gateway] = network.namespaces as [Namespace, Namespace];
  node.run('ip', 'address', 'add', 'fd09::1/64', 'dev', 'eth0', 'nodad');
  gateway.run('ip', 'address', 'add', 'fd09::2/64', 'dev', 'eth0', 'nodad');
  gateway.run('ip', 'address', 'add', 'fe80::99/64', 'dev', 'eth0', 'nodad');
  gateway.run('nft', 'add table inet cut; add chain inet cut in { type filter hook input priority 0; }');
});

after(() => network?.close());

const is = (state: string) => (line: Line) => line['state'] === state;

/** Echo requests of both families are lost. */
function silence(): void {
  gateway.run(
    'nft',
    'add rule inet cut in icmp type echo-request drop; add rule inet cut in icmpv6 type echo-request drop',
  );
}

function speak(): void {
  gateway.run('nft', 'flush chain inet cut in');
}

const routes: [string, string, () => void, string][] = [
  ['an IPv4 gateway', '10.9.0.2', () => {}, '10.9.0.2'],
  ['an IPv6 gateway', 'fd09::2', () => {}, 'fd09::2'],
  [
    'the IPv6 router',
    'auto',
    () => node.run('ip', 'route', 'add', 'default', 'via', 'fe80::99', 'dev', 'eth0'),
    'fe80::99%eth0',
  ],
  ['the IPv4 router', 'auto', () => node.run('ip', 'route', 'add', 'default', 'via', '10.9.0.2'), '10.9.0.2'],
];
for (const [name, target, prepare, found] of routes) {
  test(`${name} answers, falls silent, and answers again`, async () => {
    prepare();
    const child: Child = node.start('./uplink-child.ts', { target });
    try {
      assert.equal((await child.read(is('works')))['target'], found);
      silence();
      await child.read(is('down'));
      speak();
      await child.read(is('unknown'));
      await child.read(is('works'));
    } finally {
      speak();
      await child.kill('SIGKILL');
    }
  });
}

test('a gateway that is silent for everybody takes nobody out', async () => {
  const child = node.start('./uplink-child.ts', { target: '10.9.0.2' });
  await child.read(is('works'));
  child.write({ witnessed: false });
  silence();
  await child.read(is('unknown'));
  await assert.rejects(child.read(is('down'), 500));
  child.write({ witnessed: true });
  await child.read(is('down'));
  await child.kill('SIGKILL');
});
