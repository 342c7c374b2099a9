// A start beside a MetalLB on a real socket: nothing goes on until what is in the way is gone, and everybody who asks is told.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { METALLB_REGISTRATION } from '#core/metallb.ts';
import { untilAlone } from '#platform/beside.ts';
import type { Cluster } from '#platform/cluster.ts';
import { MetalLbServer } from './metallb-server.ts';

const SPEAKER = {
  metadata: { namespace: 'ours', name: 'speaker-a', labels: { app: 'metallb' } },
  status: { phase: 'Running' },
};
const REGISTRATION = { metadata: { name: METALLB_REGISTRATION }, webhooks: [] };
const REMOVE_SPEAKER = 'kubectl delete -n ours pod/speaker-a';
const REMOVE_REGISTRATION = `kubectl delete validatingwebhookconfiguration/${METALLB_REGISTRATION}`;

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

async function start(mindsRegistration = false) {
  const port = await freePort();
  const lines: { readonly msg: string; readonly remove?: readonly string[] }[] = [];
  const say = (fields: object, msg: string) => lines.push({ ...fields, msg });
  const log = { debug: () => undefined, info: say, warn: say, error: say };
  const stop = new AbortController();
  const metrics = new Registry();
  const program = { name: 'controller', log, metrics, signal: stop.signal };
  let outcome: boolean | undefined;
  const done = untilAlone({ program, cluster, namespace: 'ours', port, mindsRegistration }).then((isAlone) => {
    outcome = isAlone;
  });
  const ask = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined);
    return response && { status: response.status, text: await response.text() };
  };
  const isTold = async () => (await ask('/readyz'))?.status === 503;
  const ended = async () => {
    await until('the wait to end', () => outcome !== undefined);
    await done;
    return outcome;
  };
  return { lines, stop, ended, ask, isTold, outcome: () => outcome };
}

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
    const { lines, ended, isTold } = await start(true);
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
});
