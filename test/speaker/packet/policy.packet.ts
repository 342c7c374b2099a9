// Carrier loss and drain between two speakers that hear each other over a second network.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { rankOf } from '#speaker/ranks.ts';
import { type Child, ip, type Line, type Namespace, type Network, openNetwork } from '#test/speaker/packet/netns.ts';

const VIP = '10.9.0.100';
const peers = [1, 2].map((number) => ({ node: `node${number}`, address: `10.8.0.${number}` }));
/** Counted from one. */
const OWNER = rankOf('node1', VIP) < rankOf('node2', VIP) ? 1 : 2;
const OTHER = 3 - OWNER;
const START_WITHIN_MS = 20_000;
const SAID_WITHIN_MS = 5_000;
let network: Network;
let children: Child[] = [];

const child = (number: number) => children[number - 1] ?? assert.fail();
const says = (reason: string) => (line: Line) => line['reason'] === reason && line['live'] === 2;
/** What the usual owner and the other one come to say. */
const both = (owner: string, other: string, withinMs = SAID_WITHIN_MS) =>
  Promise.all([child(OWNER).read(says(owner), withinMs), child(OTHER).read(says(other), withinMs)]);
const isUsual = (withinMs?: number) => both('announce', 'notOwner', withinMs);
const atOf = (line: Line) => Number(line['at']);

before(async () => {
  network = openNetwork(2);
  const [first, second] = network.namespaces as [Namespace, Namespace];
  ip('-n', first.name, 'link', 'add', 'mgmt0', 'up', 'type', 'veth', 'peer', 'name', 'mgmt0', 'netns', second.name);
  ip('-n', second.name, 'link', 'set', 'mgmt0', 'up');
  [first, second].forEach(({ name }, i) => {
    ip('-n', name, 'address', 'add', `10.8.0.${i + 1}/24`, 'dev', 'mgmt0');
  });
  children = [first, second].map((namespace, i) =>
    namespace.start('./policy-child.ts', { ...peers[i], key: '11'.repeat(32), peers, ip: VIP }),
  );
  await isUsual(START_WITHIN_MS);
});

after(async () => {
  await Promise.all(children.map((one) => one.kill('SIGKILL')));
  network?.close();
});

/** The switch port of the owner's service interface. */
function setPort(state: 'up' | 'down'): void {
  const hub = network.namespaces[0]?.name.replace(/1$/, 'hub') ?? '';
  ip('-n', hub, 'link', 'set', `p${OWNER}`, state);
}

test('carrier loss on the service interface is told over the other network, and the address is taken over', async () => {
  setPort('down');
  const [lost] = await both('noInterface', 'announce');
  assert.equal(lost['owner'], `node${OTHER}`);
  setPort('up');
  await isUsual();
});

test('an interface that is set down counts as well, although its routes are gone', async () => {
  const name = network.namespaces[OWNER - 1]?.name ?? '';
  ip('-n', name, 'link', 'set', 'eth0', 'down');
  await both('noInterface', 'announce');
  ip('-n', name, 'link', 'set', 'eth0', 'up');
  await isUsual();
});

test('a drained owner falls silent after its successor announces, and takes the address back when it is done', async () => {
  child(OWNER).write({ drain: true });
  const [left, taken] = await both('draining', 'announce');
  const overlap = atOf(left) - atOf(taken);
  assert.ok(overlap >= 0, `silent ${-overlap} ms before the successor announced`);
  child(OWNER).write({ drain: false });
  const [back, yielded] = await isUsual();
  assert.ok(atOf(back) <= atOf(yielded), `nobody answered for ${atOf(back) - atOf(yielded)} ms`);
});

async function claimsHeardBy(number: number): Promise<number> {
  child(number).write({ claims: true });
  return Number((await child(number).read((line) => 'claims' in line))['claims']);
}

test('an owner that learns of its drain after its successor does not claim the address again', async () => {
  // Once a second an owner may defend what it has.
  await delay(1_100);
  const [byHeir, byOwner] = [await claimsHeardBy(OTHER), await claimsHeardBy(OWNER)];
  child(OTHER).write({ drained: [`node${OWNER}`] });
  await child(OTHER).read(says('announce'));
  const patience = performance.now() + SAID_WITHIN_MS;
  while ((await claimsHeardBy(OWNER)) === byOwner) assert.ok(performance.now() < patience, 'the successor is heard');
  child(OWNER).write({ drain: true });
  await child(OWNER).read(says('draining'));
  // A claim that was on its way is here by then.
  await delay(300);
  assert.equal(await claimsHeardBy(OTHER), byHeir);
  child(OTHER).write({ drained: [] });
  child(OWNER).write({ drain: false });
  await isUsual();
});

test('an owner that leaves lets go of the address as soon as its heir announces, and does not claim it again', async () => {
  const heir = child(OTHER);
  const claims = await claimsHeardBy(OTHER);
  child(OWNER).write({ leave: true });
  const [left] = await Promise.all([
    child(OWNER).read((line) => line['left'] === true),
    heir.read((line) => line['reason'] === 'announce'),
  ]);
  assert.equal(left['owned'], 0);
  assert.equal(await claimsHeardBy(OTHER), claims);
});
