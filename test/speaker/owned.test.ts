// Finding an owned address by the octets of a frame.
import assert from 'node:assert/strict';
import test from 'node:test';
import { formatIp, parseIp } from '#core/ip.ts';
import { isAllowedOn, OwnedAddresses } from '#speaker/owned.ts';

function announcement(text: string, ifaces?: string[]) {
  const ip = parseIp(text) ?? assert.fail();
  return { ip, text: formatIp(ip), services: ['default/web'], ...(ifaces ? { ifaces } : {}) };
}

test('an IPv6 address is found at any offset of a frame, and only while it is owned', () => {
  const owned = new OwnedAddresses();
  const texts = Array.from({ length: 1_000 }, (_, i) => `fd00::${(i + 1).toString(16)}`);
  for (const text of texts) owned.put(announcement(text), 0);
  const frame = new Uint8Array(40);
  for (const text of texts) {
    frame.set(owned.get(text)?.bytes ?? [], 7);
    assert.equal(owned.findOctets(frame, 7)?.announcement.text, text);
  }
  for (const text of texts) owned.delete(text);
  assert.equal(owned.findOctets(frame, 7), undefined);
  assert.equal(owned.size, 0);
});

test('an IPv4 address is found by its number', () => {
  const owned = new OwnedAddresses();
  owned.put(announcement('192.168.1.240'), 0);
  assert.equal(owned.findNumber(0xc0a801f0)?.announcement.text, '192.168.1.240');
  owned.delete('192.168.1.240');
  assert.equal(owned.findNumber(0xc0a801f0), undefined);
});

test('interfaces limit where an address is announced, and a change tells where it is new', () => {
  const owned = new OwnedAddresses();
  owned.put(announcement('fd00::1', ['eth0']), 0);
  const address = owned.get('fd00::1');
  assert.deepEqual([isAllowedOn(address, 'eth0'), isAllowedOn(address, 'eth1')], [true, false]);
  const gains = owned.put(announcement('fd00::1'), 0);
  assert.deepEqual([gains('eth0'), gains('eth1')], [false, true]);
  assert.equal(owned.get('fd00::1'), address);
});
