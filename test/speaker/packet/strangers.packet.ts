// Speakers that the cluster does not list, and recordings that look like them, between real threads and sockets.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { type Child, type Line, type Namespace, type Network, openNetwork } from '#test/speaker/packet/netns.ts';

const KEY = '11'.repeat(32);
// Few cores for all: to wait this long for a turn is no death yet.
const DEADLINE_MS = 600;
const RECORDINGS_WITHIN_MS = 20_000;
const listed = [1, 2].map((number) => ({ node: `node${number}`, address: `10.9.0.${number}` }));
const newcomer = { node: 'node3', address: '10.9.0.3' };
const forged = Array.from({ length: 50 }, (_, i) => `10.9.0.${100 + i}`);
let network: Network;
const children: Child[] = [];

function start(number: number, script: string, argument: object): Child {
  const namespace = network.namespaces[number - 1] as Namespace;
  const child = namespace.start(script, { ...argument, key: KEY });
  children.push(child);
  return child;
}

const child = (number: number) => children[number - 1] ?? assert.fail();
const settledWith = (nodes: string) => (line: Line) => line['view'] === nodes && line['settled'] === true;
const isDeath = (line: Line) => (line['verdict'] as Line | undefined)?.['kind'] === 'died';

before(() => {
  network = openNetwork(4);
  listed.forEach((own, i) => {
    start(i + 1, './heartbeat-child.ts', { ...own, peers: listed, deadlineMs: DEADLINE_MS });
  });
});

after(async () => {
  await Promise.all(children.map((one) => one.kill('SIGKILL')));
  network?.close();
});

test('a speaker that is not listed yet joins before it settles, and stays', async () => {
  await child(1).read(settledWith('node2'));
  start(3, './heartbeat-child.ts', { ...newcomer, peers: [...listed, newcomer], deadlineMs: DEADLINE_MS });
  const { view } = await child(3).read((line) => line['settled'] === true);
  assert.equal(view, 'node1,node2');
  await child(1).read(settledWith('node2,node3'));
  await assert.rejects(child(1).read(isDeath, 1_000));
});

async function unproven(): Promise<number> {
  child(1).write({ counts: true });
  const { counts } = await child(1).read((line) => 'counts' in line);
  return (counts as { ignored: { Unproven?: number } }).ignored.Unproven ?? 0;
}

test('recordings from fifty addresses make nobody wait longer before a death is noticed', async () => {
  const attacker = network.namespaces[3] as Namespace;
  for (const address of forged) attacker.run('ip', 'address', 'add', `${address}/24`, 'dev', 'eth0');
  start(4, './recording-child.ts', { to: ['10.9.0.1', '10.9.0.3'], addresses: forged });
  const end = performance.now() + RECORDINGS_WITHIN_MS;
  for (const before = await unproven(); (await unproven()) < before + 4 * forged.length; await setTimeout(50))
    assert.ok(performance.now() < end, 'too few recordings came');
  await child(2).kill('SIGKILL');
  const { verdict } = await child(1).read(isDeath);
  // 610 by the rule; if fifty more counted as peers it would be 1,080.
  const { silentMs } = verdict as { silentMs: number };
  assert.ok(silentMs < 900, `${silentMs} ms`);
});
