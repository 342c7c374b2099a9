// Reviews over real TLS sockets: what the API server would see on the wire.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, type RequestOptions, request as send } from 'node:https';
import { after, before, beforeEach, describe, test } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { Registry } from 'prom-client';
import { createAuthority, createLeaf, type KeyedCertificate } from '#certs/authority.ts';
import { review } from '#core/rules/review.ts';
import { openReviewMetrics } from '#webhook/metrics.ts';
import { createReviewApp } from '#webhook/review-app.ts';
import { openReviewServer, type ReviewServer } from '#webhook/server.ts';
import { pool, reviewBody, service, world } from './builders.ts';

const NAME = 'webhook.metallb-system.svc';
const WORLD = world({ pools: [pool('a', ['10.0.0.0/24'])] });
const GOOD = reviewBody('CREATE', { object: service('web') });
const WRONG = reviewBody('CREATE', { object: service('web', { spec: { loadBalancerIP: '10.9.9.9' } }) });

type Reply = { status: number; headers: { [name: string]: unknown }; text: string; local: number | undefined };

describe('review server', () => {
  const state = { isReady: true, isLeaving: false, isKnown: true, judgeFails: false };
  const logged: { level: string; fields: object; msg: string }[] = [];
  const registry = new Registry();
  let authority: KeyedCertificate;
  let leaf: KeyedCertificate;
  let server: ReviewServer;
  let agent: Agent;

  before(async () => {
    authority = await createAuthority(new Date());
    leaf = await createLeaf(authority, [NAME], new Date());
    const record = (level: string) => (fields: object, msg: string) => void logged.push({ level, fields, msg });
    const app = createReviewApp({
      judge: (request) => {
        if (state.judgeFails) return Promise.reject(new Error('a bug'));
        return Promise.resolve(state.isKnown ? review(request, WORLD) : undefined);
      },
      isReady: () => state.isReady,
      isLeaving: () => state.isLeaving,
      metrics: openReviewMetrics(registry),
      log: { debug: record('debug'), info: record('info'), warn: record('warn'), error: record('error') },
    });
    server = await openReviewServer({ app, port: 0, host: '127.0.0.1', serving: leaf });
    agent = new Agent({ keepAlive: true, maxSockets: 1 });
  });

  beforeEach(() => {
    Object.assign(state, { isReady: true, isLeaving: false, isKnown: true, judgeFails: false });
    logged.length = 0;
  });

  after(async () => {
    agent.destroy();
    await server.drain({ leastMs: 0, mostMs: 0 });
  });

  function ask(options: RequestOptions, body: string | Buffer = ''): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const target = { host: '127.0.0.1', port: server.port, servername: NAME, ca: authority.certificate, agent };
      const request = send({ ...target, ...options }, (response) => {
        const local = response.socket.localPort;
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, local });
        });
      });
      request.on('error', reject);
      request.end(body);
    });
  }

  function post(body: string | Buffer, headers: { [name: string]: string } = {}, path = '/review'): Promise<Reply> {
    return ask({ method: 'POST', path, headers: { 'content-type': 'application/json', ...headers } }, body);
  }

  test('answers a review with the uid of the request', async () => {
    const { status, headers, text } = await post(JSON.stringify(GOOD), {}, '/review?timeout=2s');
    assert.equal(status, 200);
    assert.match(String(headers['content-type']), /^application\/json/);
    const { uid } = GOOD['request'] as { uid: string };
    assert.deepEqual(JSON.parse(text), {
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: { uid, allowed: true },
    });
  });

  test('answers a wrong Service with 200 and a denial inside', async () => {
    const { status, text } = await post(JSON.stringify(WRONG));
    const { response } = JSON.parse(text) as { response: { allowed: boolean; status: { code: number } } };
    assert.deepEqual([status, response.allowed, response.status.code], [200, false, 422]);
  });

  const malformed: [string, string | Buffer, { [name: string]: string }, number, RegExp][] = [
    ['another content type', '{}', { 'content-type': 'text/plain' }, 415, /wanted content type "application\/json"/],
    ['text that is not JSON', '{"a":', {}, 400, /the body is not JSON/],
    ['bytes', Buffer.from([0xff, 0xfe, 0x00]), {}, 400, /the body is not JSON/],
    ['JSON that is no object', '"x"', {}, 400, /the body is not JSON/],
    ['nothing', '', {}, 400, /the body must have required property/],
    ['another version', JSON.stringify({ ...GOOD, apiVersion: 'v2' }), {}, 400, /apiVersion must be/],
    ['another kind', JSON.stringify({ ...GOOD, kind: 'Pod' }), {}, 400, /kind must be "AdmissionReview"/],
    ['a compressed body', 'x', { 'content-encoding': 'gzip' }, 415, /the body is compressed/],
    ['a body in another charset', '{}', { 'content-type': 'application/json; charset=koi8-r' }, 415, /is not UTF-8/],
    ['more than 7 MiB', Buffer.alloc(7 * 1024 * 1024 + 1, 0x20), {}, 413, /larger than 7 MiB/],
  ];
  for (const [name, body, headers, status, sentence] of malformed) {
    test(`refuses ${name} with ${status} and one sentence`, async () => {
      const reply = await post(body, headers);
      assert.equal(reply.status, status);
      assert.match(reply.text, sentence);
      assert.equal(reply.text.trim().split('\n').length, 1);
    });
  }

  test('refuses another path and goes on serving', async () => {
    assert.equal((await post(JSON.stringify(GOOD), {}, '/other')).status, 404);
    assert.equal((await post(JSON.stringify(GOOD))).status, 200);
  });

  test('turns a bug into a 500 with a log line and without details, and goes on serving', async () => {
    state.judgeFails = true;
    const { status, text } = await post(JSON.stringify(GOOD));
    assert.deepEqual([status, text], [500, 'Cannot judge the review: internal error\n']);
    assert.deepEqual(
      logged.map(({ level, msg }) => [level, msg]),
      [['error', 'review failed']],
    );
    state.judgeFails = false;
    assert.equal((await post(JSON.stringify(GOOD))).status, 200);
  });

  test('answers 503 rather than judge a world it does not know yet', async () => {
    state.isKnown = false;
    assert.equal((await post(JSON.stringify(GOOD))).status, 503);
  });

  test('says a denial at info without the contents of the object', async () => {
    await post(JSON.stringify(WRONG));
    const info = logged.filter(({ level }) => level !== 'debug');
    assert.deepEqual(
      info.map(({ level, msg }) => [level, msg]),
      [['info', 'review denied']],
    );
    assert.doesNotMatch(JSON.stringify(info), /10\.9\.9\.9/);
  });

  test('is ready when told so', async () => {
    assert.equal((await ask({ path: '/readyz' })).status, 200);
    state.isReady = false;
    assert.equal((await ask({ path: '/readyz' })).status, 503);
  });

  test('keeps connections for 120 seconds, and sends them away when it leaves', async () => {
    const kept = await post(JSON.stringify(GOOD));
    assert.deepEqual([kept.headers['connection'], kept.headers['keep-alive']], ['keep-alive', 'timeout=120']);
    state.isLeaving = true;
    assert.equal((await post(JSON.stringify(GOOD))).headers['connection'], 'close');
  });

  test('refuses TLS 1.2', async () => {
    const socket = connect({ host: '127.0.0.1', port: server.port, servername: NAME, maxVersion: 'TLSv1.2' });
    const [error] = (await once(socket, 'error')) as [Error & { code?: string }];
    assert.equal(error.code, 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
  });

  test('changes its certificate for new connections and keeps the open ones', async () => {
    const first = await post(JSON.stringify(GOOD));
    const next = await createLeaf(authority, [NAME], new Date());
    server.useCertificate(next);
    const second = await post(JSON.stringify(GOOD));
    assert.equal(second.local, first.local);
    const socket = connect({ host: '127.0.0.1', port: server.port, servername: NAME, ca: authority.certificate });
    await once(socket, 'secureConnect');
    const served = pemOf(socket);
    socket.destroy();
    assert.equal(served, next.certificate.replaceAll(/\s|-+(BEGIN|END) CERTIFICATE-+/g, ''));
  });

  test('counts reviews by resource and verdict', async () => {
    const text = await registry.metrics();
    assert.match(text, /arpeggio_webhook_reviews_total\{resource="services",verdict="allowed",reason=""\} \d+/);
    assert.match(
      text,
      /arpeggio_webhook_reviews_total\{resource="services",verdict="denied",reason="AddressNotInPool"\} 2/,
    );
    assert.match(text, /arpeggio_webhook_reviews_total\{resource="unknown",verdict="malformed",reason=""\} 10/);
    assert.match(text, /arpeggio_webhook_review_seconds_count \d+/);
  });

  test('drains: answers what comes until the connections are gone, then closes', async () => {
    const serving = await openReviewServer({
      app: (_request, response) => response.end('late'),
      port: 0,
      host: '127.0.0.1',
      serving: leaf,
    });
    const held = connect({ host: '127.0.0.1', port: serving.port, servername: NAME, ca: authority.certificate });
    await once(held, 'secureConnect');
    const drained = serving.drain({ leastMs: 0, mostMs: 2_000 });
    held.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    const [answer] = (await once(held, 'data')) as [Buffer];
    assert.match(answer.toString(), /late/);
    held.destroy();
    await drained;
    const refused = connect({ host: '127.0.0.1', port: serving.port });
    const [error] = (await once(refused, 'error')) as [Error & { code?: string }];
    assert.equal(error.code, 'ECONNREFUSED');
  });
});

function pemOf(socket: TLSSocket): string {
  return socket.getPeerCertificate().raw.toString('base64');
}
