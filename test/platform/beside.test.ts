// A start beside a MetalLB on a real socket: nothing goes on until what is in the way is gone, and everybody who asks is told.
import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, afterEach, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { METALLB_REGISTRATION } from '#core/metallb.ts';
import { untilAlone } from '#platform/beside.ts';
import type { Cluster } from '#platform/cluster.ts';
import { openApiSocket } from './api-socket.ts';
import { MetalLbServer } from './metallb-server.ts';

const SPEAKER = {
  metadata: { namespace: 'ours', name: 'speaker-a', labels: { app: 'metallb' } },
  status: { phase: 'Running' },
};
const REGISTRATION = { metadata: { name: METALLB_REGISTRATION }, webhooks: [] };
const REMOVE_SPEAKER = 'kubectl delete -n ours pod/speaker-a';
const REMOVE_REGISTRATION = `kubectl delete validatingwebhookconfiguration/${METALLB_REGISTRATION}`;

// A start that waits would keep the run from ending when its test failed.
const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

const server = new MetalLbServer();
let cluster: Cluster;

async function until(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 5_000;
  while (!(await isTrue())) {
    assert.ok(performance.now() < deadline, `waited in vain for ${what}`);
    await delay(2);
  }
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

type Setup = { readonly mindsRegistration?: boolean; readonly of?: Cluster; readonly port?: number };

async function start({ mindsRegistration = false, of = cluster, port: given }: Setup = {}) {
  const port = given ?? (await freePort());
  const lines: { readonly msg: string; readonly remove?: readonly string[] }[] = [];
  const say = (fields: object, msg: string) => lines.push({ ...fields, msg });
  const log = { debug: () => undefined, info: say, warn: say, error: say };
  const stop = new AbortController();
  cleanUps.push(() => stop.abort());
  const metrics = new Registry();
  const program = { name: 'controller', log, metrics, signal: stop.signal };
  let outcome: boolean | undefined;
  const done = untilAlone({ program, cluster: of, namespace: 'ours', port, mindsRegistration }).then((isAlone) => {
    outcome = isAlone;
  });
  const ask = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined);
    return response && { status: response.status, text: await response.text() };
  };
  const isTold = async () => (await ask('/readyz'))?.text.startsWith('not ready: Cannot start') ?? false;
  const ended = async () => {
    await until('the wait to end', () => outcome !== undefined);
    await done;
    return outcome;
  };
  return { lines, stop, done, ended, ask, isTold, outcome: () => outcome };
}

const UNABLE: [string, RequestListener][] = [
  ['does not answer', () => undefined],
  ['forbids it', (_, response) => response.writeHead(403).end('{"kind":"Status","reason":"Forbidden"}')],
];

describe('a start beside a MetalLB', () => {
  before(async () => {
    cluster = await server.open();
    process.env['POD_NAME'] = 'controller-1';
    process.env['POD_UID'] = 'uid-1';
  });
  after(() => {
    server.close();
    delete process.env['POD_NAME'];
    delete process.env['POD_UID'];
  });

  test('waits, alive and not ready, says once what to remove, and goes on by itself when that is gone', async () => {
    server.put(SPEAKER);
    const { lines, ended, ask, isTold, outcome } = await start();
    await until('the program to say it', isTold);
    assert.equal((await ask('/healthz'))?.status, 200);
    const sentence = `Cannot start beside MetalLB: pod/speaker-a in namespace "ours"; to remove: ${REMOVE_SPEAKER}`;
    assert.equal((await ask('/readyz'))?.text, `not ready: ${sentence}\n`);
    assert.match((await ask('/metrics'))?.text ?? '', /^arpeggio_start_refused 1$/m);
    // A Pod that changes is no news.
    server.put({ ...SPEAKER, status: { phase: 'Unknown' } });
    await until('one Event', () => server.events.length === 1);
    const { reason, message, involvedObject } = server.events[0] ?? assert.fail();
    assert.deepEqual({ reason, message }, { reason: 'BesideMetalLB', message: sentence });
    const pod = { apiVersion: 'v1', kind: 'Pod', namespace: 'ours', name: 'controller-1', uid: 'uid-1' };
    assert.deepEqual(involvedObject, pod);
    assert.equal(outcome(), undefined);

    server.remove('speaker-a');
    assert.equal(await ended(), true);
    assert.deepEqual(
      lines.map(({ msg, remove }) => [msg, ...(remove ?? [])]),
      [['not started beside metallb', REMOVE_SPEAKER], ['metallb is gone, starting']],
    );
    assert.equal(await ask('/readyz'), undefined, 'the port is free for the program itself');
    assert.equal(server.events.length, 1);
  });

  test('says it again when something comes that was not named, but not for a Pod that only takes its leave', async () => {
    server.put(REGISTRATION);
    const { lines, ended, isTold } = await start({ mindsRegistration: true });
    await until('the program to say it', isTold);
    server.put(SPEAKER);
    await until('the Pod to be named', () => lines.length === 2);
    server.put({ ...SPEAKER, metadata: { ...SPEAKER.metadata, deletionTimestamp: new Date().toISOString() } });
    server.remove('speaker-a');
    server.remove(METALLB_REGISTRATION);
    await ended();
    assert.deepEqual(
      lines.map(({ remove }) => remove),
      [[REMOVE_REGISTRATION], [REMOVE_SPEAKER, REMOVE_REGISTRATION], undefined],
    );
  });

  test('goes on past a registration unless it is the webhook', async () => {
    server.put(REGISTRATION);
    const { lines, ended } = await start();
    assert.equal(await ended(), true);
    server.remove(METALLB_REGISTRATION);
    assert.deepEqual(lines, []);
  });

  test('ends when the program is told to stop', async () => {
    server.put(SPEAKER);
    const { stop, ended, isTold } = await start();
    await until('the program to say it', isTold);
    stop.abort();
    assert.equal(await ended(), false);
    server.remove('speaker-a');
  });

  for (const [what, answer] of UNABLE) {
    test(`is alive and not ready while it looks at an API server that ${what}`, async () => {
      const other = await openApiSocket(answer);
      cleanUps.push(() => void other.close());
      const { stop, ended, ask } = await start({ of: other.cluster });
      await until('health to be served', async () => (await ask('/healthz'))?.status === 200);
      const wanted = { status: 503, text: 'not ready: looking whether a MetalLB is there\n' };
      assert.deepEqual(await ask('/readyz'), wanted);
      assert.match((await ask('/metrics'))?.text ?? '', /^arpeggio_start_refused 0$/m);
      stop.abort();
      assert.equal(await ended(), false);
      assert.equal(await ask('/healthz'), undefined);
    });
  }

  test('fails when its port is taken', async () => {
    const other = await openApiSocket(() => undefined);
    cleanUps.push(() => void other.close());
    const port = Number(new URL(other.cluster.server).port);
    const { done } = await start({ of: other.cluster, port });
    await assert.rejects(done, { message: `Cannot serve health on port ${port}` });
  });

  test('says it again, with the command that forces it, when a Pod that takes its leave does not go', async () => {
    const leaving = (since: number) => {
      const deletionTimestamp = new Date(Date.now() - since).toISOString();
      return { ...SPEAKER, metadata: { ...SPEAKER.metadata, deletionTimestamp } };
    };
    server.events.length = 0;
    server.put(leaving(0));
    const { lines, ended, isTold } = await start();
    await until('the program to say it', isTold);
    server.put(leaving(60_000));
    await until('two Events', () => server.events.length === 2);
    const commands = lines.map(({ remove }) => remove);
    assert.deepEqual(commands, [[], [`${REMOVE_SPEAKER} --force`]]);
    assert.match(server.events[1]?.message ?? '', /kubectl delete -n ours pod\/speaker-a --force/);
    // Once.
    server.put(leaving(61_000));
    server.remove('speaker-a');
    await ended();
    assert.equal(lines.length, 3);
  });
});
