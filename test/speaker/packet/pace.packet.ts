// A thousand addresses taken over at once, seen from the other end of the link.
import assert from 'node:assert/strict';
import test from 'node:test';
import { type Namespace, openNetwork } from '#test/speaker/packet/netns.ts';

type Heard = { readonly frames: [number, number][]; readonly probes: [number, number][] };

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

test('the probes of a thousand new addresses keep the pace, and each waits for its own last one', async () => {
  const network = openNetwork(2);
  const [speaker, client] = network.namespaces as [Namespace, Namespace];
  const listener = client.start('./listen-child.ts', { forMs: 6_000 });
  const guarded = speaker.start('./guard-child.ts', {});
  try {
    await listener.read((line) => line['listening'] === true);
    await guarded.read((line) => line['started'] === true);
    guarded.write({ ips });
    const heard = (await listener.read((line) => 'probes' in line, 20_000)) as unknown as Heard;
    const { frames, probes } = heard;
    assert.equal(probes.length, 3 * ips.length);
    const all = [...probes, ...frames].map(([at]) => at).sort((a, b) => a - b);
    const most = Math.max(...all.map((at, i) => all.filter((other, j) => j >= i && other < at + 1_000).length));
    // As heard, which may be in a heap.
    assert.ok(most <= 2_500, `${most} frames in one second`);
    const lastProbe = new Map(probes.map(([at, ip]) => [ip, at]));
    const waits = new Map([...frames].reverse().map(([at, ip]) => [ip, at - (lastProbe.get(ip) ?? 0)]));
    assert.equal(waits.size, ips.length);
    const least = Math.min(...waits.values());
    assert.ok(least > 100, `${least} ms after its last probe one was announced`);
  } finally {
    await Promise.all([listener.kill('SIGKILL'), guarded.kill('SIGKILL')]);
    network.close();
  }
});
