// Tables of routes as two kernels printed them.
import assert from 'node:assert/strict';
import test from 'node:test';
import { defaultGateway, onLink, parseRoutes, parseRoutes6 } from '#speaker/routes.ts';

const ROUTES = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
eth0	00000000	0101A8C0	0003	0	0	0	00000000	0	0	0
eth0	0001A8C0	00000000	0001	0	0	0	00FFFFFF	0	0	0
bond1	0000400A	00000000	0001	0	0	100	0000C0FF	0	0	0
cali9	0A00F40A	00000000	0005	0	0	0	FFFFFFFF	0	0	0
eth0	0000F40A	0B01A8C0	0003	0	0	0	00FFFFFF	0	0	0
*	0040F40A	00000000	0201	0	0	0	C0FFFFFF	0	0	0
`;

const ROUTES6 = `fd000001000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0
fe800000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000002 00000000 00000001     eth0
00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe80000000000000000000000000000a 00000400 00000002 00000000 00450003     eth0
00000000000000000000000000000001 80 00000000000000000000000000000000 00 00000000000000000000000000000000 00000000 00000002 00000000 80200001       lo
fd000001000000000000000000000002 80 00000000000000000000000000000000 00 00000000000000000000000000000000 00000000 00000003 00000000 80200001     eth0
ff000000000000000000000000000000 08 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000003 00000000 00000001     eth0
00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo
`;

test('IPv4 routes are read, those that lead nowhere left out', () => {
  assert.deepEqual(parseRoutes(ROUTES), [
    { cidr: '0.0.0.0/0', iface: 'eth0', gateway: '192.168.1.1' },
    { cidr: '192.168.1.0/24', iface: 'eth0' },
    { cidr: '10.64.0.0/10', iface: 'bond1' },
    { cidr: '10.244.0.10/32', iface: 'cali9' },
    { cidr: '10.244.0.0/24', iface: 'eth0', gateway: '192.168.1.11' },
  ]);
});

test('IPv6 routes are read, link-local, multicast and local ones left out', () => {
  assert.deepEqual(parseRoutes6(ROUTES6), [
    { cidr: 'fd00:1::/64', iface: 'eth0' },
    { cidr: '::/0', iface: 'eth0', gateway: 'fe80::a' },
  ]);
});

test('subnets of links are routes without a gateway, but not a link that everything goes into', () => {
  const tunnel = { cidr: '0.0.0.0/0', iface: 'ppp0' };
  assert.deepEqual(
    onLink([tunnel, ...parseRoutes(ROUTES)]).map(({ cidr }) => cidr),
    ['192.168.1.0/24', '10.64.0.0/10', '10.244.0.10/32'],
  );
});

test('the default gateway is the one of IPv4, else that of IPv6 with its link', () => {
  assert.equal(defaultGateway([...parseRoutes6(ROUTES6), ...parseRoutes(ROUTES)]), '192.168.1.1');
  assert.equal(defaultGateway(parseRoutes6(ROUTES6)), 'fe80::a%eth0');
  assert.equal(defaultGateway([]), undefined);
});

test('an empty table, as in a kernel without IPv6, has no routes', () => {
  assert.deepEqual([parseRoutes(''), parseRoutes6('')], [[], []]);
});
