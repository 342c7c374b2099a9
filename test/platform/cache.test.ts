// The cache against a scripted API server on a real socket: what it asks for, and what it holds, after every kind of break.
import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { afterEach, test } from 'node:test';
import { type Cache, openCache } from '#platform/cache.ts';
import { openApiSocket } from './api-socket.ts';

type Answer = (response: ServerResponse) => void;

const LOG = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

const object = (name: string, resourceVersion: string) => ({ metadata: { name, resourceVersion } });
const event = (type: string, body: object) => `${JSON.stringify({ type, object: body })}\n`;

function list(resourceVersion: string, items: object[], token = ''): Answer {
  return (response) => response.end(JSON.stringify({ items, metadata: { resourceVersion, continue: token } }));
}

/** Sends events, then ends, breaks or keeps the connection. */
function watch(events: string, end: 'end' | 'break' | 'stay'): Answer {
  return (response) => {
    response.write(events);
    if (end === 'end') response.end();
    if (end === 'break') setImmediate(() => response.socket?.destroy());
  };
}

/** Answers requests in order; `asked` are their queries. `played` resolves at the last one. */
async function play(
  script: Answer[],
): Promise<{ cache: Cache<string>; asked: string[]; history: string[][]; played: Promise<void> }> {
  const asked: string[] = [];
  const history: string[][] = [];
  const stop = new AbortController();
  let onPlayed: () => void = () => undefined;
  const played = new Promise<void>((resolve) => {
    onPlayed = resolve;
  });
  const { cluster, close } = await openApiSocket((request, response) => {
    const query = new URL(request.url ?? '', 'http://x').searchParams;
    asked.push(
      query.get('watch') ? `watch ${query.get('resourceVersion')}` : `list ${query.get('continue') ?? ''}`.trim(),
    );
    const answer = script.shift();
    answer?.(response);
    if (script.length === 0) onPlayed();
  });
  cleanUps.push(() => {
    stop.abort();
    void close();
  });
  const cache: Cache<string> = openCache({
    ...{ cluster, path: '/things', signal: stop.signal, log: LOG },
    parse: ({ metadata = {} }) => `${metadata.name}@${metadata.resourceVersion}`,
    onChange: () => history.push(cache.values()),
  });
  return { cache, asked, history, played };
}

test('a page that fails is asked for again, not the whole list', async () => {
  const busy: Answer = (response) => {
    response.writeHead(429, { 'content-type': 'application/json' });
    response.end('{"kind":"Status","code":429,"reason":"TooManyRequests","message":"busy"}');
  };
  const { cache, asked, played } = await play([
    list('4', [object('a', '1')], 'next'),
    busy,
    busy,
    list('4', [object('b', '2')]),
    watch('', 'stay'),
  ]);
  await played;
  assert.deepEqual(asked, ['list', 'list next', 'list next', 'list next', 'watch 4']);
  assert.equal(cache.values().length, 2);
});

test('a list of many pages is one list, watched from its version', async () => {
  const { cache, asked, played } = await play([
    list('', [object('a', '1')], 'more'),
    list('5', [object('b', '2')]),
    watch('', 'stay'),
  ]);
  await played;
  assert.deepEqual(asked, ['list', 'list more', 'watch 5']);
  assert.deepEqual(cache.values(), ['a@1', 'b@2']);
  assert.ok(cache.isSynced());
});

test('a watch that breaks goes on from the last event, never back in time', async () => {
  const events = event('MODIFIED', object('a', '11')) + event('MODIFIED', object('a', '12'));
  const { asked, history, played } = await play([
    list('10', [object('a', '10')]),
    watch(events, 'break'),
    watch('', 'stay'),
  ]);
  await played;
  assert.deepEqual(asked, ['list', 'watch 10', 'watch 12']);
  assert.deepEqual(history.at(-1), ['a@12']);
});

test('a bookmark moves the version on without a change', async () => {
  const { asked, history, played } = await play([
    list('10', [object('a', '10')]),
    watch(event('BOOKMARK', { metadata: { resourceVersion: '90' } }), 'end'),
    watch('', 'stay'),
  ]);
  await played;
  assert.deepEqual(asked, ['list', 'watch 10', 'watch 90']);
  assert.equal(history.length, 1);
});

test('a version that is gone (410) means listing again, and what was deleted meanwhile disappears', async () => {
  const gone = event('ERROR', { code: 410, reason: 'Expired' });
  const { cache, asked, played } = await play([
    list('10', [object('a', '1'), object('b', '2')]),
    watch(gone, 'stay'),
    list('20', [object('b', '15')]),
    watch('', 'stay'),
  ]);
  await played;
  assert.deepEqual(asked, ['list', 'watch 10', 'list', 'watch 20']);
  assert.deepEqual(cache.values(), ['b@15']);
});

test('a server that answers with errors is asked again until it does not', async () => {
  const broken: Answer = (response) => {
    response.statusCode = 500;
    response.end('no luck');
  };
  const { cache, played } = await play([broken, list('10', [object('a', '10')]), watch('', 'stay')]);
  await played;
  assert.deepEqual(cache.values(), ['a@10']);
});

test('a refresh lists again at once, and what was deleted meanwhile is gone when it resolves', async () => {
  const { cache, asked, played } = await play([
    list('10', [object('a', '1')]),
    watch('', 'stay'),
    list('20', [object('b', '15')]),
    watch('', 'stay'),
  ]);
  while (asked.length < 2) await new Promise((resolve) => setImmediate(resolve));
  await cache.refresh();
  assert.deepEqual(cache.values(), ['b@15']);
  await played;
  assert.deepEqual(asked, ['list', 'watch 10', 'list', 'watch 20']);
});

test('a refresh asked for during a list waits for the next one', async () => {
  let refreshed: Promise<void> | undefined;
  let ask: () => void = () => undefined;
  const first: Answer = (response) => {
    ask();
    list('10', [object('a', '1')])(response);
  };
  const script = play([first, watch('', 'stay'), list('20', [object('b', '15')]), watch('', 'stay')]);
  const { cache, asked, played } = await script;
  ask = () => (refreshed = cache.refresh());
  await played;
  await refreshed;
  assert.deepEqual(cache.values(), ['b@15']);
  assert.equal(asked.filter((one) => one === 'list').length, 2);
});

test('a watch that ends at once and brings nothing is not opened again in a hurry', async () => {
  const ends = Array.from({ length: 4 }, () => watch('', 'end'));
  const began = performance.now();
  const { asked, played } = await play([list('10', []), ...ends, watch('', 'stay')]);
  await played;
  assert.equal(asked.length, 6);
  // Pauses of at least 50, 100, 200 and 400 ms.
  assert.ok(performance.now() - began >= 750, `${performance.now() - began} ms`);
});

test('a watch that breaks again and again after it brought something is opened again at once', async () => {
  const versions = Array.from({ length: 8 }, (_, i) => String(i + 2));
  const breaks = versions.map((version) => watch(event('ADDED', object(`n${version}`, version)), 'break'));
  const began = performance.now();
  const { asked, played } = await play([list('1', []), ...breaks, watch('', 'stay')]);
  await played;
  assert.deepEqual(asked, ['list', 'watch 1', ...versions.map((version) => `watch ${version}`)]);
  // Eight times the first pause; doubled each time they would be twelve seconds.
  assert.ok(performance.now() - began < 4_000);
});
