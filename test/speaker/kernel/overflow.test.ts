// Addresses that find no room in the kernel.
import assert from 'node:assert/strict';
import test from 'node:test';
import { parseIp } from '#core/ip.ts';
import { Overflow } from '#speaker/kernel/overflow.ts';
import { type OwnedAddress, OwnedAddresses } from '#speaker/owned.ts';

const owned = new OwnedAddresses();
const [a, b, c] = ['10.0.0.1', '10.0.0.2', '10.0.0.3'].map((text) => {
  owned.put({ text, ip: parseIp(text) ?? assert.fail(), services: [] }, 0);
  return owned.get(text);
}) as [OwnedAddress, OwnedAddress, OwnedAddress];

/** A kernel with room for so many. */
function open(room: number) {
  const inside = new Set<OwnedAddress>();
  const overflow = new Overflow((address) => {
    if (inside.size < room) inside.add(address);
    return inside.has(address);
  });
  return { inside, overflow };
}

test('one that does not fit is told once, and all others are taken in', () => {
  const { inside, overflow } = open(2);
  assert.deepEqual(overflow.add([a, b, c]), [c]);
  assert.deepEqual(overflow.add([a, b, c]), []);
  assert.deepEqual([...inside], [a, b]);
  assert.equal(overflow.size, 1);
});

test('it goes in as soon as there is room', () => {
  const { inside, overflow } = open(1);
  overflow.add([a, b, c]);
  inside.delete(a);
  overflow.retry();
  assert.deepEqual([...inside], [b]);
  assert.equal(overflow.size, 1);
});

test('one that is given up waits no longer', () => {
  const { inside, overflow } = open(1);
  overflow.add([a, b]);
  overflow.delete(b);
  inside.delete(a);
  overflow.retry();
  assert.deepEqual([...inside], []);
});

test('while one family has no room the other one goes in as soon as it has', () => {
  owned.put({ text: 'fd00::1', ip: parseIp('fd00::1') ?? assert.fail(), services: [] }, 0);
  const six = owned.get('fd00::1') ?? assert.fail();
  const inside = new Set<OwnedAddress>();
  let hasRoom = false;
  const overflow = new Overflow((address) => {
    if (hasRoom && address === six) inside.add(address);
    return inside.has(address);
  });
  overflow.add([a, six]);
  hasRoom = true;
  overflow.retry();
  assert.deepEqual([...inside], [six]);
  assert.equal(overflow.size, 1);
});
