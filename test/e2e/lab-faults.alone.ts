// The lab's faults and its second network (design section 8): partition, API server away, cable pulled, and all undone.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Output, run } from '#test/lab/command.ts';
import { openLab } from '#test/lab/lab.ts';
import { leftovers, nothing } from '#test/lab/leftovers.ts';
import { checkout } from '#test/lab/state.ts';
import { pollUntil } from '#test/lab/wait.ts';

const name = 'labfault';
const library = openLab(name);
const unknownNode = 'Cannot find node: "node9", wanted one of "node1", "node2"\n';

/** The command line itself, as `npm run -s lab --` starts it. */
function lab(...args: readonly string[]): Promise<Output> {
  const [command = '', ...rest] = args;
  return run([process.execPath, join(checkout, 'test/lab/main.ts'), command, '--name', name, ...rest]);
}

async function output(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await lab(...args);
  assert.equal(code, 0, stderr || stdout);
  return stdout;
}

async function refusal(...args: readonly string[]): Promise<string> {
  const { code, stderr } = await lab(...args);
  assert.equal(code, 1);
  return stderr;
}

/** Which of these ways, from a place to an address, lets a ping through. */
function open(ways: readonly (readonly [string, string])[]): Promise<boolean[]> {
  const ping = ([from, to]: readonly [string, string]) =>
    library.exec(from, ['ping', '-c', '1', '-W', '0.4', to]).then(({ code }) => code === 0);
  return Promise.all(ways.map(ping));
}

const betweenNodes = [
  ['node1', '192.168.1.12'],
  ['node2', 'fd00:1::11'],
  ['node1', '192.168.2.12'],
  ['node2', 'fd00:2::11'],
] as const;
const fromOutside = [
  ['client', '192.168.1.11'],
  ['client', '192.168.1.12'],
  ['control', '192.168.2.11'],
  ['control', '192.168.2.12'],
] as const;
const all = [true, true, true, true];
const none = [false, false, false, false];

describe("the lab's faults", { timeout: 120_000 }, () => {
  before(async () => {
    await library.down();
    await output('up', '--bare', '--mgmt', '--nodes', '2');
  });
  after(() => library.down());

  test('with a management network the cluster uses its addresses, and the client sees the LAN alone', async () => {
    const addresses = 'jsonpath={.items[*].status.addresses[?(@.type!="ExternalDNS")].address}';
    const nodes = await output('kubectl', 'get', 'nodes', '-o', addresses);
    assert.equal(nodes, '192.168.2.11 fd00:2::11 node1 192.168.2.12 fd00:2::12 node2');
    const server = await output('kubectl', 'config', 'view', '-o', 'jsonpath={.clusters[0].cluster.server}');
    assert.equal(server, 'https://192.168.2.2:6443');
    assert.deepEqual([await open(betweenNodes), await open(fromOutside)], [all, all]);
    assert.deepEqual(await open([['client', '192.168.2.11']]), [false]);
  });

  test('a partition keeps nodes apart on every network and nobody else, until it is healed', async () => {
    assert.match(await output('partition', 'node2'), /^node2: cut off from the other nodes, t0 = \d+\.\d{3} ms/);
    assert.deepEqual([await open(betweenNodes), await open(fromOutside)], [none, all]);
    await output('partition', 'node1');
    const sentence = 'Cannot make a partition: "node1", "node2", wanted at least one node on the other side\n';
    assert.equal(await refusal('partition', 'node1,node2'), sentence);
    assert.equal(await refusal('partition', 'node1,node9'), unknownNode);
    assert.deepEqual(await open(betweenNodes), none);
    for (const _ of [1, 2]) assert.match(await output('heal'), /^partition: healed/);
    // A neighbour that did not answer is asked again after a second.
    const isHealed = async () => (await open(betweenNodes)).every((isOpen) => isOpen);
    await pollUntil('nodes to reach each other', isHealed, { every: 200, within: 10_000 });
  });

  test('api-down ends the API server, api-up brings it back with all it knew', async () => {
    await output('kubectl', 'create', 'configmap', 'kept');
    assert.equal(await output('api-down'), 'kube-apiserver: stopped\n');
    assert.equal(await output('api-down'), 'kube-apiserver: was stopped already\n');
    assert.match(await refusal('kubectl', 'get', 'nodes'), /was refused/);
    assert.match(await output('status'), /kube-apiserver: is dead/);
    for (const _ of [1, 2]) assert.equal(await output('api-up'), 'kube-apiserver: answers\n');
    assert.equal(await output('kubectl', 'get', 'configmap', 'kept', '-o', 'name'), 'configmap/kept\n');
  });

  test('link-down takes the carrier of eth0 alone, and link-up gives it back', async () => {
    const links = async () => (await library.exec('node2', ['ip', '-o', 'link'])).stdout;
    for (const _ of [1, 2]) assert.match(await output('link-down', 'node2'), /^node2: eth0 has no carrier, t0 = /);
    assert.match(await links(), /eth0@.*NO-CARRIER/);
    assert.doesNotMatch(await links(), /eth1@.*NO-CARRIER/);
    assert.deepEqual(await open(fromOutside), [true, false, true, true]);
    for (const _ of [1, 2]) assert.match(await output('link-up', 'node2'), /^node2: eth0 has its carrier/);
    assert.doesNotMatch(await links(), /NO-CARRIER/);
    assert.equal(await refusal('link-down', 'node9'), unknownNode);
  });

  test('power-off cuts both networks, and a node that comes back has its cable in and its partition still', async () => {
    await output('link-down', 'node2');
    await output('partition', 'node2');
    await output('power-off', 'node2');
    assert.deepEqual(await open(fromOutside), [true, false, true, false]);
    assert.equal(await refusal('link-up', 'node2'), 'Cannot plug in the cable of "node2": its power is off\n');
    assert.match(await output('power-on', 'node2'), /node2: power on, Ready/);
    assert.deepEqual([await open(betweenNodes), await open(fromOutside)], [none, all]);
  });

  test('up again changes nothing, and down leaves nothing behind', async () => {
    assert.match(await output('up', '--bare', '--mgmt'), /lab "labfault" is up/);
    assert.equal(await output('down'), 'lab "labfault" is down\n');
    assert.deepEqual(leftovers(name), nothing);
  });
});
