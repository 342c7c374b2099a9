// The server of the page on a real socket: its files, its headers, its stream, and where it does not listen.
import assert from 'node:assert/strict';
import { get, type IncomingMessage } from 'node:http';
import { networkInterfaces } from 'node:os';
import { after, before, describe, test } from 'node:test';
import { readAssets } from '#cli/ui/assets.ts';
import { openPageServer, type PageServer } from '#cli/ui/server.ts';

const stop = new AbortController();
const explain = (service: string) => Promise.resolve({ failure: `There is no Service ${service} any more` });
let server: PageServer;

function ask(url: string, headers: { readonly [name: string]: string } = {}): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => get(url, { headers, agent: false }, resolve).once('error', reject));
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  return text;
}

describe('the server of the page', () => {
  before(async () => {
    server = await openPageServer({ port: 0, key: 'key', assets: readAssets(), explain, signal: stop.signal });
  });
  after(() => stop.abort());

  test('serves scripts that a browser can read, without a package name', async () => {
    const page = await textOf(await ask(server.url));
    assert.match(page, /<script type="module" src="main.js">/);
    const files = readAssets();
    for (const [name, { type, body }] of files) {
      assert.notEqual(type, '');
      for (const [, from = ''] of body.matchAll(/^import .*?from '([^']+)'/gms)) {
        assert.ok(files.has(from.replace('./', '')), `${name} imports ${from}`);
      }
    }
  });

  test('allows the page nothing from elsewhere', async () => {
    const { headers } = await ask(server.url);
    assert.match(String(headers['content-security-policy']), /^default-src 'self';/);
    assert.equal(headers['cache-control'], 'no-store');
  });

  test('refuses who has not the key, and names that lead here', async () => {
    assert.equal((await ask(server.url.replace('key', 'other'))).statusCode, 404);
    assert.equal((await ask(server.url, { host: 'evil.example' })).statusCode, 421);
    assert.equal((await ask(`${server.url}nothing`)).statusCode, 404);
  });

  test('answers what a Service is asked to explain', async () => {
    const response = await ask(`${server.url}explain/default/web`);
    assert.equal(response.headers['content-type'], 'application/json');
    assert.deepEqual(JSON.parse(await textOf(response)), { failure: 'There is no Service default/web any more' });
    assert.equal((await ask(server.url.replace('key/', 'other/explain/default/web'))).statusCode, 404);
  });

  test('sends all at first, then what changed', async () => {
    server.publish(new Map([['a', '1']]));
    const stream = (await ask(`${server.url}events`)).setEncoding('utf8');
    const chunks = stream[Symbol.asyncIterator]();
    assert.equal((await chunks.next()).value, 'data: {"a":1}\n\n');
    server.publish(new Map([['a', '1']]));
    server.publish(
      new Map([
        ['a', '1'],
        ['b', '2'],
      ]),
    );
    assert.equal((await chunks.next()).value, 'data: {"b":2}\n\n');
    stream.destroy();
  });

  test('listens on no other address of the machine', async () => {
    const others = Object.values(networkInterfaces()).flatMap((of = []) => of.filter(({ internal }) => !internal));
    for (const { address } of others.filter(({ family }) => family === 'IPv4')) {
      await assert.rejects(ask(server.url.replace('127.0.0.1', address)), /ECONNREFUSED/);
    }
  });

  test('says which port is taken', async () => {
    const port = Number(new URL(server.url).port);
    const second = openPageServer({ port, key: 'key', assets: new Map(), explain, signal: stop.signal });
    await assert.rejects(second, new RegExp(`^Error: Cannot serve the page on 127\\.0\\.0\\.1:${port}$`));
  });
});
