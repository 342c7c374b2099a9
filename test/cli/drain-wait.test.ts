// When `drain` may say that a node is silent: never without an answer of the speaker that is on it now.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isSilent, type Look, untilSilent } from '#cli/drain.ts';
import { NAMESPACE } from '#test/webhook/builders.ts';
import { type Answer, HANG_UP, openApiServer } from './api-server.ts';
import { announcement, pod } from './wire.ts';

const HEAD = '# HELP metallb_speaker_announced x\n# TYPE metallb_speaker_announced gauge\n';
const ANNOUNCING = `${HEAD}metallb_speaker_announced{service="default/web",ip="10.0.0.1"} 1\n`;
const STATUS = announcement('default/web', 'node2', '10.0.0.1');

type World = { pods?: Answer; statuses?: Answer; metrics?: { [pod: string]: Answer } };

/** What each look finds, the last one for good. */
async function drainOver(worlds: readonly World[], timeoutMs = 0): Promise<Look> {
  let looks = 0;
  // Of the two lists of a look either may come first.
  const now = () => worlds[Math.max(0, Math.min(looks, worlds.length) - 1)] ?? {};
  const { cluster, close } = await openApiServer((path, query) => {
    if (path.endsWith('/pods')) {
      looks++;
      assert.equal(query.get('fieldSelector'), 'spec.nodeName=node2');
      return now().pods ?? { items: [pod('speaker', 'node2')] };
    }
    if (path.endsWith('/servicel2statuses')) return now().statuses ?? { items: [] };
    const name = /\/pods\/(.+):7472\/proxy\/metrics$/.exec(path)?.[1] ?? '';
    return now().metrics?.[name] ?? 404;
  });
  try {
    return await untilSilent(cluster, { namespace: NAMESPACE, node: 'node2', timeoutMs });
  } finally {
    await close();
  }
}

const of = (answer: Answer) => ({ 'speaker-node2': answer });

describe('a node that drains', () => {
  const silent: [string, World][] = [
    ['its speaker answers that it announces nothing', { metrics: of(HEAD) }],
    ['no speaker is on it', { pods: { items: [] } }],
    ['a speaker that is not ready answers', { pods: one({ ready: false }), metrics: of(HEAD) }],
  ];
  for (const [what, world] of silent) {
    test(`is silent when ${what}`, async () => {
      const seen = await drainOver([world]);
      assert.deepEqual(seen, { addresses: new Set(), unverified: [] });
      assert.ok(isSilent(seen));
    });
  }

  const unverified: [string, World, RegExp][] = [
    ['may not be asked', { metrics: of(403) }, /^speaker "speaker-node2": Cannot GET .*: 403 not today$/],
    ['is broken', { metrics: of(503) }, /^speaker "speaker-node2": Cannot GET .*: 503 not today$/],
    ['hangs up', { metrics: of(HANG_UP) }, /^speaker "speaker-node2": Cannot reach the API server: /],
    ['is gone meanwhile', {}, /^speaker "speaker-node2": Cannot GET .*: 404 not today$/],
    ['is something else', { metrics: of('up 1\n') }, /^speaker "speaker-node2": .*no metrics of a speaker$/],
    ['is not ready and silent', { pods: one({ ready: false }), metrics: of(503) }, /^speaker "speaker-node2": /],
    ['may not be looked for', { pods: 403 }, /^Pods of the speaker: Cannot GET .*: 403 not today$/],
  ];
  for (const [what, world, wanted] of unverified) {
    test(`is not silent when its speaker ${what}`, async () => {
      const seen = await drainOver([world]);
      assert.equal(isSilent(seen), false);
      assert.deepEqual(seen.unverified.length, 1);
      assert.match(seen.unverified[0] ?? '', wanted);
    });
  }

  test('is not silent when its ServiceL2Status objects may not be read', async () => {
    const seen = await drainOver([{ statuses: 403, metrics: of(HEAD) }]);
    assert.match(seen.unverified.join(), /^ServiceL2Status objects: Cannot GET .*: 403 not today$/);
  });

  test('is not silent while either an object or its speaker says that it announces', async () => {
    const byObject = await drainOver([{ statuses: { items: [STATUS] }, metrics: of(HEAD) }]);
    const bySpeaker = await drainOver([{ metrics: of(ANNOUNCING) }]);
    for (const seen of [byObject, bySpeaker]) assert.deepEqual([...seen.addresses], ['10.0.0.1']);
  });

  test('is asked anew at each look: a speaker that comes in the place of another counts', async () => {
    const renamed = { ...pod('speaker', 'node2'), metadata: { ...pod('speaker', 'node2').metadata, name: 'next' } };
    const seen = await drainOver(
      [{ metrics: of(403) }, { pods: { items: [renamed] }, metrics: { next: 503 } }, { metrics: of(HEAD) }],
      60_000,
    );
    assert.ok(isSilent(seen));
  });

  test('is asked by every speaker Pod on it', async () => {
    const renamed = { ...pod('speaker', 'node2'), metadata: { ...pod('speaker', 'node2').metadata, name: 'next' } };
    const pods = { items: [pod('speaker', 'node2'), renamed] };
    const seen = await drainOver([{ pods, metrics: { 'speaker-node2': ANNOUNCING, next: HEAD } }]);
    assert.deepEqual([...seen.addresses], ['10.0.0.1']);
  });
});

function one(options: { ready: boolean }): Answer {
  return { items: [pod('speaker', 'node2', options)] };
}
