// A thousand addresses taken over at once, seen from the other end of the link.
import assert from 'node:assert/strict';
import test from 'node:test';
import { type Namespace, openNetwork } from '#test/speaker/packet/netns.ts';

const ips = Array.from({ length: 1_000 }, (_, i) => `10.9.${1 + (i >> 8)}.${i & 255}`);

test('the first frame of each address goes ahead of all repeats, at no more than 2,000 frames a second', async () => {
  const network = openNetwork(2);
  const [speaker, client] = network.namespaces as [Namespace, Namespace];
  const listener = client.start('./listen-child.ts', { forMs: 1_500 });
  const announcer = speaker.start('./announce-child.ts', { ips: [] });
  try {
    await listener.read((line) => line['listening'] === true);
    await announcer.read((line) => line['started'] === 0);
    announcer.write({ ips });
    const { frames } = (await listener.read((line) => 'frames' in line)) as unknown as { frames: [number, number][] };
    // At this pace they are out after half a second.
    const firsts = new Set(frames.slice(0, ips.length).map(([, ip]) => ip));
    assert.equal(firsts.size, ips.length);
    const inFirstSecond = frames.filter(([at]) => at < 1_000).length;
    assert.ok(inFirstSecond <= 2_000, `${inFirstSecond} frames in the first second`);
  } finally {
    await Promise.all([listener.kill('SIGKILL'), announcer.kill('SIGKILL')]);
    network.close();
  }
});
