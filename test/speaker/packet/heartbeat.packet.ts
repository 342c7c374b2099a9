// Heartbeats between real threads and sockets in network namespaces.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { type Child, type Line, type Namespace, type Network, openNetwork } from '#test/speaker/packet/netns.ts';

const KEY = '11'.repeat(32);
const STRANGERS_KEY = '22'.repeat(32);
// Four nodes share few cores with all else that a machine does: to wait this long for a turn is no death yet.
const DEADLINE_MS = 600;
const peers = [1, 2, 3, 4].map((number) => ({ node: `node${number}`, address: `10.9.0.${number}` }));
let network: Network;
let children: Child[] = [];

function start(number: number, key = KEY): Child {
  const namespace = network.namespaces[number - 1] as Namespace;
  return namespace.start('./heartbeat-child.ts', { ...peers[number - 1], key, peers, deadlineMs: DEADLINE_MS });
}

function sees(nodes: string): (line: Line) => boolean {
  return (line) => line['view'] === nodes;
}

/** Without how long the silence was. */
function verdictsOf(number: number): object[] {
  const verdicts = child(number)
    .past()
    .flatMap(({ verdict }) => (verdict ? [verdict as Line] : []));
  return verdicts.map(({ kind, node }) => ({ kind, node }));
}

const child = (number: number) => children[number - 1] ?? assert.fail();

before(() => {
  network = openNetwork(4);
  children = [1, 2, 3].map((number) => start(number));
});

after(async () => {
  await Promise.all(children.map((one) => one.kill('SIGKILL')));
  network?.close();
});

test('three speakers find each other and settle', async () => {
  const settled = (nodes: string) => (line: Line) => line['view'] === nodes && line['settled'] === true;
  await child(1).read(settled('node2,node3'));
  await child(2).read(settled('node1,node3'));
  await child(3).read(settled('node1,node2'));
});

test('a node with the wrong key, garbage and truncated datagrams are ignored and counted', async () => {
  children.push(start(4, STRANGERS_KEY));
  const stranger = network.namespaces[3] as Namespace;
  stranger.run(
    'bash',
    '-c',
    'for i in 1 2 3; do head -c 200 /dev/urandom > /dev/udp/10.9.0.1/7473; echo > /dev/udp/10.9.0.1/7473; done',
  );
  const { counts } = await counted(1, (ignored) => (ignored['WrongKey'] ?? 0) >= 3 && (ignored['Malformed'] ?? 0) >= 6);
  assert.ok(counts);
  // Would have been joined by now: its beats come every 50 ms.
  await setTimeout(DEADLINE_MS);
  assert.ok(
    !child(1)
      .past()
      .some((line) => String(line['view']).includes('node4')),
  );
});

async function counted(number: number, fits: (ignored: { [reason: string]: number }) => boolean): Promise<Line> {
  const end = performance.now() + 5_000;
  while (performance.now() < end) {
    child(number).write({ counts: true });
    const line = await child(number).read((one) => 'counts' in one);
    if (fits((line['counts'] as { ignored: { [reason: string]: number } }).ignored)) return line;
    await setTimeout(100);
  }
  return assert.fail('not counted');
}

test('a node that is killed is dead for the others within the deadline', async () => {
  for (const number of [1, 2]) child(number).forget();
  const killedAt = Date.now();
  await child(3).kill('SIGKILL');
  for (const number of [1, 2]) {
    const { at } = await child(number).read((line) => (line['verdict'] as Line | undefined)?.['kind'] === 'died');
    const took = Number(at) - killedAt;
    assert.ok(took > DEADLINE_MS / 2 && took < 3 * DEADLINE_MS, `dead after ${took} ms`);
    await child(number).read(sees(number === 1 ? 'node2' : 'node1'));
    assert.deepEqual(verdictsOf(number), [{ kind: 'died', node: 'node3' }]);
  }
});

test('a node that starts again joins under its new session', async () => {
  children[2] = start(3);
  await child(1).read(sees('node2,node3'));
  await child(3).read(sees('node1,node2'));
});

test('a node that stands still is dead, and returns by itself when it goes on', async () => {
  // `ip netns exec` replaces itself, so this is the process itself.
  child(2).process.kill('SIGSTOP');
  await child(1).read(sees('node3'));
  child(2).process.kill('SIGCONT');
  await child(1).read(sees('node2,node3'));
  await child(2).read((line) => Number(line['stalled']) > DEADLINE_MS / 2);
  // So that it announces again what others took over meanwhile.
  await child(2).read((line) => line['accused'] === true);
});

test('two nodes that cannot hear each other live on the word of the third', async () => {
  const [first, second] = network.namespaces as [Namespace, Namespace];
  for (const [namespace, address] of [
    [first, '10.9.0.2'],
    [second, '10.9.0.1'],
  ] as const) {
    namespace.run('nft', 'add table ip cut; add chain ip cut in { type filter hook input priority 0; }');
    namespace.run('nft', `add rule ip cut in ip saddr ${address} udp dport 7473 drop`);
  }
  for (const number of [1, 2]) child(number).forget();
  await setTimeout(3 * DEADLINE_MS);
  for (const number of [1, 2]) assert.deepEqual(verdictsOf(number), []);
  for (const namespace of [first, second]) namespace.run('nft', 'delete table ip cut');
});

test('a changed key is taken over without a death, whoever learns it first', async () => {
  const fresh = '33'.repeat(32);
  for (const number of [1, 2, 3]) {
    child(number).forget();
    child(number).write({ key: fresh });
    // Longer than a deadline: those that have not learned it yet still hear the others.
    await setTimeout(DEADLINE_MS + 50);
  }
  // Two seconds later they sign with it.
  await setTimeout(2_000 + DEADLINE_MS);
  for (const number of [1, 2, 3]) assert.deepEqual(verdictsOf(number), []);
});

test('a busy main thread is no death, but after two seconds others may take over', async () => {
  child(1).forget();
  child(2).write({ blockMs: 3_000 });
  const { at } = await child(1).read(sees('node3'));
  const { at: backAt } = await child(1).read(sees('node2,node3'));
  assert.ok(Number(backAt) > Number(at));
  assert.deepEqual(verdictsOf(1), []);
});

test('a node that leaves is gone at once', async () => {
  const askedAt = performance.timeOrigin + performance.now();
  child(3).write({ leave: true });
  const { at } = await child(1).read((line) => (line['verdict'] as Line | undefined)?.['kind'] === 'left');
  assert.ok(Number(at) - askedAt < 3_000, `left after ${Number(at) - askedAt} ms`);
  const { leftAfterMs } = await child(3).read((line) => 'leftAfterMs' in line);
  assert.ok(Number(leftAfterMs) < 3_000, `took ${leftAfterMs} ms`);
});
