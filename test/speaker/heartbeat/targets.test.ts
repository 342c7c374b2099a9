// Where heartbeats go.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Targets } from '#speaker/heartbeat/targets.ts';

const peer = (node: string, address: string) => ({ node, address });

test('beats go to all known speakers but ourselves', () => {
  const targets = new Targets();
  targets.setPeers([peer('a', '10.0.0.1'), peer('b', '10.0.0.2')], '10.0.0.1');
  assert.deepEqual(targets.addresses(0), ['10.0.0.2']);
});

test('a proven sender that is not known yet gets beats for two seconds after each message', () => {
  const targets = new Targets();
  targets.learn(peer('c', '10.0.0.3'), 0);
  assert.deepEqual(targets.addresses(2_000), ['10.0.0.3']);
  assert.deepEqual(targets.addresses(2_001), []);
});

test('a learned address that becomes known is sent to once', () => {
  const targets = new Targets();
  targets.learn(peer('b', '10.0.0.2'), 0);
  targets.setPeers([peer('b', '10.0.0.2')], '10.0.0.1');
  assert.deepEqual(targets.addresses(10), ['10.0.0.2']);
});

test('a node that is heard from elsewhere is sent to there as well, and counts once', () => {
  const targets = new Targets();
  targets.setPeers([peer('b', '10.0.0.2')], '10.0.0.1');
  targets.learn(peer('b', '10.0.0.3'), 0);
  targets.learn(peer('b', '10.0.0.4'), 1);
  assert.deepEqual(targets.nodes(1), ['b']);
  assert.deepEqual(targets.addresses(1), ['10.0.0.2', '10.0.0.4']);
});

test('no more than 64 nodes are learned', () => {
  const targets = new Targets();
  for (let i = 0; i < 100; i++) targets.learn(peer(`n${i}`, `10.0.1.${i}`), 0);
  assert.equal(targets.addresses(0).length, 64);
});

test('an answer goes to where the cluster says the node is, else to where it was heard', () => {
  const targets = new Targets();
  targets.learn(peer('b', '10.0.0.2'), 0);
  assert.equal(targets.addressOf('b'), '10.0.0.2');
  targets.setPeers([peer('b', '10.0.0.9')], '10.0.0.1');
  assert.equal(targets.addressOf('b'), '10.0.0.9');
  assert.equal(targets.addressOf('c'), undefined);
});
