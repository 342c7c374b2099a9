// A speaker that starts while the others change the key, between real threads and sockets.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { type Child, type Line, type Namespace, type Network, openNetwork } from '#test/speaker/packet/netns.ts';

const OLD = '11'.repeat(32);
const FRESH = '22'.repeat(32);
const peers = [1, 2, 3].map((number) => ({ node: `node${number}`, address: `10.9.0.${number}` }));
let network: Network;
const children: Child[] = [];

function start(number: number, key: string): Child {
  const namespace = network.namespaces[number - 1] as Namespace;
  const child = namespace.start('./heartbeat-child.ts', { ...peers[number - 1], key, peers, deadlineMs: 600 });
  children.push(child);
  return child;
}

const isSettled = (line: Line) => line['settled'] === true;

before(() => {
  network = openNetwork(3);
});

after(async () => {
  await Promise.all(children.map((one) => one.kill('SIGKILL')));
  network?.close();
});

test('a speaker that knows the new key alone waits for the others before it trusts what it hears', async () => {
  const old = [start(1, OLD), start(2, OLD)];
  await Promise.all(old.map((child) => child.read((line) => isSettled(line) && line['view'] !== '')));
  const newcomer = start(3, FRESH);
  await newcomer.read((line) => line['settled'] === false);
  for (const child of old) child.write({ key: FRESH });
  const { view } = await newcomer.read(isSettled);
  assert.equal(view, 'node1,node2');
});

test('a speaker whose key nobody else has settles all the same', async () => {
  await children[2]?.kill('SIGKILL');
  const stranger = start(3, '33'.repeat(32));
  const { view } = await stranger.read(isSettled, 8_000);
  assert.equal(view, '');
});
