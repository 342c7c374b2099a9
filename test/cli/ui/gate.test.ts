// Who may read the page: nobody without the key of this start, and no other site through the browser of who has it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Admission, type Asked, admit } from '#cli/ui/gate.ts';

const PLACE = { host: '127.0.0.1:8000', key: 'abc' };
const GOOD: Asked = { method: 'GET', url: '/abc/', host: PLACE.host, origin: undefined };

const CASES: [string, Partial<Asked>, Admission][] = [
  ['the page', {}, { ok: true, name: '' }],
  ['a file of it', { url: '/abc/style.css' }, { ok: true, name: 'style.css' }],
  ['a file with a query', { url: '/abc/events?x=/y' }, { ok: true, name: 'events' }],
  ['a script of the page itself', { origin: 'http://127.0.0.1:8000' }, { ok: true, name: '' }],
  ['no key', { url: '/' }, { ok: false, status: 404 }],
  ['a wrong key', { url: '/abd/' }, { ok: false, status: 404 }],
  ['a key that is too long', { url: '/abcd/' }, { ok: false, status: 404 }],
  ['the key alone', { url: '/abc' }, { ok: false, status: 404 }],
  ['the key in the query', { url: '/?/abc/' }, { ok: false, status: 404 }],
  ['another name that leads here', { host: 'evil.example:8000' }, { ok: false, status: 421 }],
  ['localhost', { host: 'localhost:8000' }, { ok: false, status: 421 }],
  ['no host', { host: undefined }, { ok: false, status: 421 }],
  ['a script of another site', { origin: 'https://evil.example' }, { ok: false, status: 403 }],
  ['a script of no site', { origin: 'null' }, { ok: false, status: 403 }],
  ['a write', { method: 'POST' }, { ok: false, status: 405 }],
];

for (const [what, asked, wanted] of CASES) {
  test(`${what} is ${wanted.ok ? 'admitted' : `refused with ${wanted.status}`}`, () => {
    assert.deepEqual(admit({ ...GOOD, ...asked }, PLACE), wanted);
  });
}
