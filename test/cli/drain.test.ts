// What stays on a node that drains, and why; and durations as kubectl takes them.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseDuration } from '#cli/duration.ts';
import { formatDrained } from '#cli/print-drain.ts';
import { remainingOn } from '#cli/remaining.ts';
import { node, slice, snapshot, wish } from './wire.ts';

const DRAINING = [node('node1'), node('node2', { annotations: { 'arpeggio.dev/drain': 'true' } })];

const HERE = new Set(['10.0.0.1']);

describe('drain', () => {
  test('says that an address is on its way to the node that comes next', () => {
    assert.deepEqual(remainingOn(snapshot({ nodes: DRAINING }), 'node2', HERE), [
      { address: '10.0.0.1', service: 'default/web', why: 'node1 has not taken it yet' },
    ]);
  });

  test('says why no other node can take an address', () => {
    const services = [wish('web', { held: '10.0.0.1', spec: { externalTrafficPolicy: 'Local' } })];
    const slices = [slice('default/web', ['node2'])];
    const remaining = remainingOn(snapshot({ nodes: DRAINING, services, slices }), 'node2', HERE);
    assert.equal(
      formatDrained({ node: 'node2', isSilent: false, remaining, unverified: [] }),
      `node2 drains and still announces:

ADDRESS    SERVICE       WHY
10.0.0.1   default/web   no other node can announce it: node1 (no ready endpoint there, externalTrafficPolicy is Local)
`,
    );
  });

  test('has nothing to say about a node that announces nothing', () => {
    assert.deepEqual(remainingOn(snapshot({ nodes: DRAINING }), 'node1', new Set()), []);
    assert.equal(
      formatDrained({ node: 'node1', isSilent: true, remaining: [], unverified: [] }),
      'node1 drains and announces nothing\n',
    );
  });

  test('says plainly what could not be verified, beside what is still announced', () => {
    const unverified = ['speaker "speaker-node2": Cannot GET /metrics: 403 forbidden'];
    const alone = formatDrained({ node: 'node2', isSilent: false, remaining: [], unverified });
    assert.equal(
      alone,
      'Cannot verify what node2 announces:\n\nspeaker "speaker-node2": Cannot GET /metrics: 403 forbidden\n',
    );
    const remaining = [{ address: '10.0.0.1', service: 'default/web', why: 'why' }];
    const both = formatDrained({ node: 'node2', isSilent: false, remaining, unverified });
    assert.match(both, /^node2 drains and still announces:\n\nADDRESS /);
    assert.ok(both.endsWith(`\n\n${alone}`), both);
  });

  const durations: [string, number | undefined][] = [
    ['0', 0],
    ['500ms', 500],
    ['30s', 30_000],
    ['1m30s', 90_000],
    ['2h', 7_200_000],
    ['30', undefined],
    ['30s!', undefined],
    ['', undefined],
  ];
  for (const [text, wanted] of durations) {
    test(`reads the duration "${text}" as ${wanted ?? 'a mistake'}`, () => {
      const read = parseDuration(text);
      assert.equal(read.ok ? read.value : undefined, wanted);
    });
  }
});
