// Strangers on the wire: an address in use is not announced; one that is announced is defended.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import {
  type Child,
  eventually,
  type Line,
  type Namespace,
  type Network,
  openNetwork,
} from '#test/speaker/packet/netns.ts';

const OURS = '02:00:00:00:00:01';
let network: Network;
let speaker: Namespace;
let stranger: Namespace;
let client: Namespace;
let child: Child;

before(async () => {
  network = openNetwork(3);
  [speaker, stranger, client] = network.namespaces as [Namespace, Namespace, Namespace];
  stranger.run('ip', 'address', 'add', '10.9.0.100/24', 'dev', 'eth0');
  stranger.run('ip', 'address', 'add', 'fd09::64:1/64', 'dev', 'eth0', 'nodad');
  client.run('ip', 'address', 'add', 'fd09::3/64', 'dev', 'eth0', 'nodad');
  child = speaker.start('./guard-child.ts', {});
  await child.read((line) => line['started'] === true);
});

after(async () => {
  await child?.kill('SIGKILL');
  network?.close();
});

const announces = (ip: string) => (line: Line) => (line['announced'] as string[] | undefined)?.includes(ip) === true;
const reason = (ip: string, wanted: string) => (line: Line) =>
  (line['reasons'] as { [ip: string]: string } | undefined)?.[ip] === wanted;

for (const [free, taken] of [
  ['10.9.0.101', '10.9.0.100'],
  ['fd09::64:2', 'fd09::64:1'],
] as const) {
  test(`${free}, which nobody has, is announced once it was asked for`, async () => {
    const begun = performance.now();
    child.write({ ips: [free] });
    await child.read(reason(free, 'probing'));
    await child.read(announces(free));
    const took = performance.now() - begun;
    // Three probes, some 200 ms apart; a busy machine makes it longer.
    assert.ok(took > 500, `${took} ms`);
  });

  test(`${taken}, which a stranger has, is not announced but reported`, async () => {
    child.write({ ips: [free, taken] });
    const event = await child.read((line) => line['event'] === 'AddressConflict');
    assert.equal(
      event['message'],
      `address ${taken} is also claimed by 02:00:00:00:00:02 on "eth0": it is not announced`,
    );
    await child.read(reason(taken, 'addressConflict'));
  });
}

test('a stranger that begins to claim an announced address is reported and defended against', async () => {
  child.write({ ips: ['10.9.0.101'] });
  await child.read(announces('10.9.0.101'));
  stranger.run('ip', 'address', 'add', '10.9.0.101/24', 'dev', 'eth0');
  client.run('ip', 'neigh', 'replace', '10.9.0.101', 'lladdr', '02:00:00:00:00:02', 'dev', 'eth0', 'nud', 'stale');
  stranger.run('arping', '-q', '-A', '-c', '1', '-I', 'eth0', '10.9.0.101');
  const event = await child.read((line) => line['event'] === 'AddressConflict');
  assert.match(String(event['message']), /: it is defended$/);
  const owner = () => /lladdr (\S+)/.exec(client.run('ip', 'neigh', 'show', '10.9.0.101'))?.[1];
  await eventually('our MAC again', () => owner() === OURS || undefined);
});
