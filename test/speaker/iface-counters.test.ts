// What is counted for an interface, and for how long.
import assert from 'node:assert/strict';
import test from 'node:test';
import { CountersByIface } from '#speaker/iface-counters.ts';

const eth0 = { index: 2, name: 'eth0' };
const lan0 = { index: 2, name: 'lan0' };

test('counters go on when sockets are opened anew', () => {
  const all = new CountersByIface();
  all.of(eth0).sendFailures++;
  all.of(eth0).sendFailures++;
  assert.equal(all.byName().get('eth0')?.sendFailures, 2);
});

test('counters follow an interface to its new name', () => {
  const all = new CountersByIface();
  all.of(eth0).sendFailures = 5;
  all.of(lan0).sendFailures++;
  assert.deepEqual(
    Array.from(all.byName(), ([name, { sendFailures }]) => [name, sendFailures]),
    [['lan0', 6]],
  );
});

test('counters of an interface that is gone are dropped, also when another took its name', () => {
  const all = new CountersByIface();
  all.of(eth0).sendFailures = 5;
  all.of({ index: 3, name: 'eth1' });
  all.prune(({ index }) => index === 3);
  assert.deepEqual([...all.byName().keys()], ['eth1']);
  assert.equal(all.of({ index: 9, name: 'eth0' }).sendFailures, 0);
});
