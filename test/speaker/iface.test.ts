// Which links announce.
import assert from 'node:assert/strict';
import test from 'node:test';
import { findIfaceProblem, type LinkFacts, parseExcludes, selectIfaces } from '#speaker/iface.ts';
import { bytes } from '#test/speaker/bytes.ts';

const UP_BROADCAST_RUNNING_MULTICAST = 0x1003;
const excludes = parseExcludes(undefined);

function link(changes: Partial<LinkFacts> = {}): LinkFacts {
  return {
    name: 'eth0',
    index: 2,
    flags: UP_BROADCAST_RUNNING_MULTICAST,
    type: 1,
    carrier: true,
    mac: bytes('02 00 00 00 00 01'),
    master: undefined,
    ...changes,
  };
}

const cases: [string, Partial<LinkFacts>, string | undefined][] = [
  ['a plain Ethernet interface', {}, undefined],
  ['a bond', { name: 'bond0' }, undefined],
  ['a member of a VRF', { master: 'vrf' }, undefined],
  ['a bridge port', { master: 'bridge' }, 'Enslaved'],
  ['a bond slave', { master: 'bond' }, 'Enslaved'],
  ['a port of an unknown kind of master', { master: 'unknown' }, 'Enslaved'],
  ['one that is down', { flags: 0x1002 }, 'Down'],
  ['one without carrier', { carrier: false }, 'NoCarrier'],
  ['one with NOARP', { flags: 0x1083 }, 'NoArp'],
  ['one without broadcast', { flags: 0x1001 }, 'NotBroadcast'],
  ['loopback under another name', { name: 'loop', type: 772, flags: 0x49 }, 'NotEthernet'],
  ['a tunnel', { name: 'wg0', type: 65534, mac: undefined }, 'NotEthernet'],
  ['an all-zero MAC', { mac: bytes('00 00 00 00 00 00') }, 'NoMac'],
  ['a container veth', { name: 'veth12ab' }, 'Excluded'],
  ['a Calico link', { name: 'cali8f0' }, 'Excluded'],
];
for (const [name, changes, problem] of cases) {
  test(`${name}: ${problem ?? 'announces'}`, () => assert.equal(findIfaceProblem(link(changes), excludes), problem));
}

test('interfaces come out by index', () => {
  const links = [link({ name: 'eth1', index: 3 }), link({ carrier: false, index: 4 }), link()];
  assert.deepEqual(
    selectIfaces(links, excludes).map((iface) => iface.name),
    ['eth0', 'eth1'],
  );
});

test('own patterns replace the default ones; empty text excludes nothing', () => {
  const own = parseExcludes('^eth1$, ^wlan');
  assert.equal(findIfaceProblem(link({ name: 'eth1' }), own), 'Excluded');
  assert.equal(findIfaceProblem(link({ name: 'veth0' }), own), undefined);
  assert.equal(findIfaceProblem(link({ name: 'veth0' }), parseExcludes('')), undefined);
});

test('a bad pattern is named', () => {
  assert.throws(
    () => parseExcludes('^eth0,('),
    /^Error: Cannot read EXCLUDE_INTERFACES: "\(" is not a regular expression$/,
  );
});
