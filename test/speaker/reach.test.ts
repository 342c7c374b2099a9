// What links reach, and which addresses a node can announce by them.
import assert from 'node:assert/strict';
import test from 'node:test';
import { parseIp } from '#core/ip.ts';
import type { Standing } from '#speaker/heartbeat/standing.ts';
import type { LinkFacts } from '#speaker/iface.ts';
import { keepRoutes, prefixesOf, Reach } from '#speaker/reach.ts';

const UP = 0x1003;
const link = (name: string, changes: Partial<LinkFacts> = {}): LinkFacts => ({
  ...{ name, index: 2, flags: UP, type: 1, carrier: true, mac: undefined, master: undefined },
  ...changes,
});
const route = (cidr: string, iface: string) => ({ cidr, iface });

test('subnets of links are told once, in order, with carrier where one of their links has it', () => {
  const links = [link('eth0', { carrier: false }), link('eth1'), link('eth2', { flags: 0x1002 })];
  const routes = [
    route('10.0.0.0/24', 'eth0'),
    route('10.0.0.0/24', 'eth1'),
    route('10.0.2.0/24', 'eth2'),
    route('10.0.1.0/24', 'eth0'),
    { cidr: '10.1.0.0/16', iface: 'eth1', gateway: '10.0.0.1' },
    route('172.17.0.0/16', 'docker0'),
  ];
  assert.deepEqual(prefixesOf(routes, links), [
    { cidr: '10.0.0.0/24', carrier: true },
    { cidr: '10.0.1.0/24', carrier: false },
    { cidr: '10.0.2.0/24', carrier: false },
  ]);
});

test('the subnets of a link that is set down are kept until it is up again, or gone', () => {
  const before = [route('10.0.0.0/24', 'eth0'), route('10.0.1.0/24', 'eth1')];
  const now = [route('10.0.1.0/24', 'eth1')];
  const down = [link('eth0', { flags: 0x1002 }), link('eth1')];
  assert.deepEqual(keepRoutes(before, now, down), [...now, ...before.slice(0, 1)]);
  assert.deepEqual(keepRoutes(before, now, [link('eth0'), link('eth1')]), now);
  assert.deepEqual(keepRoutes(before, now, [link('eth1')]), now);
});

const standing = (changes: Partial<Standing>): Standing => ({ draining: false, uplink: 'unknown', ...changes });
const up = (cidr: string) => ({ cidr, carrier: true });
const cut = (cidr: string) => ({ cidr, carrier: false });

const cases: [string, Standing | undefined, { ip: string; wanted?: string[] }, boolean][] = [
  ['a node that tells nothing is able', undefined, { ip: '10.0.0.1', wanted: ['eth9'] }, true],
  ['so is one that tells of no list', standing({}), { ip: '10.0.0.1', wanted: ['eth9'] }, true],
  [
    'a wanted interface with carrier',
    standing({ ifaces: ['eth0'] }),
    { ip: '10.0.0.1', wanted: ['eth9', 'eth0'] },
    true,
  ],
  ['no wanted interface', standing({ ifaces: ['eth0'] }), { ip: '10.0.0.1', wanted: ['eth9'] }, false],
  ['no interface at all', standing({ ifaces: [] }), { ip: '10.0.0.1' }, false],
  ['a subnet with carrier', standing({ prefixes: [up('10.0.0.0/24')] }), { ip: '10.0.0.1' }, true],
  ['a subnet without carrier', standing({ prefixes: [cut('10.0.0.0/24')] }), { ip: '10.0.0.1' }, false],
  ['the subnet of others is cut', standing({ prefixes: [cut('10.0.0.0/24')] }), { ip: '10.0.1.1' }, true],
  [
    'one of two subnets around the address is cut',
    standing({ prefixes: [cut('10.0.0.0/24'), up('10.0.0.0/16')] }),
    { ip: '10.0.0.1' },
    true,
  ],
  ['the subnet of the other family is cut', standing({ prefixes: [cut('a00::/8')] }), { ip: '10.0.0.1' }, true],
  ['an IPv6 subnet without carrier', standing({ prefixes: [cut('fd00::/64')] }), { ip: 'fd00::9' }, false],
  ['a single address on a link is no subnet', standing({ prefixes: [cut('10.0.0.1/32')] }), { ip: '10.0.0.1' }, true],
];
for (const [name, told, { ip, wanted }, able] of cases) {
  test(`${name}: ${able ? 'able' : 'not able'}`, () => {
    const reach = new Reach(new Map(told ? [['node', told]] : []));
    assert.equal(reach.isAble('node', parseIp(ip) ?? assert.fail(), wanted), able);
  });
}

test('addresses between the same bounds are in one zone, and only those', () => {
  const prefixes = [up('10.0.1.0/24'), cut('10.0.0.0/16'), up('10.0.1.128/25'), up('fd00::/64')];
  const reach = new Reach(new Map([['node', standing({ prefixes })]]));
  const zones = ['9.0.0.1', '10.0.0.0', '10.0.0.255', '10.0.1.0', '10.0.1.128', '10.0.2.0', '10.1.0.0'].map((text) =>
    reach.zoneOf(parseIp(text) ?? assert.fail()),
  );
  assert.deepEqual(zones, [0, 1, 1, 2, 3, 4, 5]);
  assert.deepEqual(
    ['::1', 'fd00::1', 'fd00:0:0:1::'].map((text) => reach.zoneOf(parseIp(text) ?? assert.fail())),
    [0, 1, 2],
  );
});
