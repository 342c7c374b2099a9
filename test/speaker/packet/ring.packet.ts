// A large cluster's way of watching, between real threads and sockets: 70 nodes are listed, four of them run.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { type Child, type Line, type Namespace, type Network, openNetwork } from '#test/speaker/packet/netns.ts';

const KEY = '11'.repeat(32);
// Four nodes share few cores with all else that a machine does: to wait this long for a turn is no death yet. Who is taken
// for dead at the moment at which another leaves is not told of it.
const DEADLINE_MS = 1_500;
const peers = Array.from({ length: 70 }, (_, i) => ({ node: `node${i + 1}`, address: `10.9.0.${i + 1}` }));
let network: Network;
let children: Child[] = [];

function start(number: number): Child {
  const namespace = network.namespaces[number - 1] as Namespace;
  return namespace.start('./heartbeat-child.ts', {
    ...peers[number - 1],
    key: KEY,
    peers,
    deadlineMs: DEADLINE_MS,
    sticky: true,
  });
}

const child = (number: number) => children[number - 1] ?? assert.fail();
const sees = (nodes: string) => (line: Line) => line['view'] === nodes;

before(() => {
  network = openNetwork(4);
  children = [1, 2, 3, 4].map(start);
});

after(async () => {
  await Promise.all(children.map((one) => one.kill('SIGKILL')));
  network?.close();
});

test('those that run find each other and settle', async () => {
  for (const number of [1, 2, 3, 4]) {
    const rest = peers.slice(0, 4).map(({ node }) => node);
    const nodes = rest.filter((node) => node !== `node${number}`).join();
    await child(number).read((line) => line['view'] === nodes && line['settled'] === true);
  }
});

test('a drain, and what a node holds, is known to all at once', async () => {
  const isOne = (line: Line, what: string) => JSON.stringify(line[what]) === '["node2"]';
  child(2).write({ drain: true });
  await Promise.all([1, 3, 4].map((number) => child(number).read((line) => isOne(line, 'draining'))));
  child(2).write({ marks: [1, 2] });
  await Promise.all([1, 3, 4].map((number) => child(number).read((line) => isOne(line, 'holders'))));
});

test('a node that is killed is dead for the others within the deadline, and joins again', async () => {
  const killedAt = Date.now();
  await child(4).kill('SIGKILL');
  for (const number of [1, 2, 3]) {
    const { at } = await child(number).read((line) => (line['verdict'] as Line | undefined)?.['kind'] === 'died');
    const took = Number(at) - killedAt;
    assert.ok(took > DEADLINE_MS / 2 && took < 3 * DEADLINE_MS, `dead after ${took} ms`);
  }
  children[3] = start(4);
  await child(1).read(sees('node2,node3,node4'));
  await child(4).read(sees('node1,node2,node3'));
});

test('a node that stands still is dead, returns by itself, and is told', async () => {
  child(2).process.kill('SIGSTOP');
  await child(1).read(sees('node3,node4'));
  child(2).process.kill('SIGCONT');
  await child(1).read(sees('node2,node3,node4'));
  await child(2).read((line) => line['accused'] === true);
});

test('a node that leaves is gone at once', async () => {
  child(3).write({ leave: true });
  await child(1).read((line) => (line['verdict'] as Line | undefined)?.['kind'] === 'left');
  await child(1).read(sees('node2,node4'));
});
