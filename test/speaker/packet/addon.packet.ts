// The addon at its edges: error sentences, closing, worker threads that end first.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { loadAddon } from '#speaker/native/addon.ts';
import { openArpSocket } from '#speaker/packet-socket.ts';

const NOWHERE = { name: 'eth9', index: 999_999, mac: new Uint8Array(6) };
const LOOPBACK = { name: 'lo', index: 1, mac: new Uint8Array(6) };

test('a missing interface is named with its errno', () => {
  assert.throws(() => openArpSocket(NOWHERE, () => {}), {
    name: 'Error',
    code: 'ENODEV',
    message: 'Cannot open packet socket on "eth9": ENODEV (no such interface)',
  });
});

test('a missing capability is named', { skip: process.getuid?.() !== 0 }, () => {
  const script = fileURLToPath(new URL('./unprivileged-child.ts', import.meta.url));
  const { stdout } = spawnSync('setpriv', ['--bounding-set', '-all', '--inh-caps', '-all', process.execPath, script], {
    encoding: 'utf8',
  });
  assert.equal(stdout, 'EPERM: Cannot open packet socket on "lo": EPERM (CAP_NET_RAW is missing)\n');
});

test('wrong arguments are TypeErrors', () => {
  const addon = loadAddon();
  const wrong: (() => unknown)[] = [
    () => Reflect.apply(addon.openPacketSocket, addon, []),
    () => Reflect.apply(addon.openPacketSocket, addon, [{ name: 'lo' }, () => {}]),
    () => Reflect.apply(addon.sendFrame, addon, [{}, new Uint8Array(1)]),
    () => Reflect.apply(addon.sendFrame, addon, [{}, 'text']),
    () => Reflect.apply(addon.openLinkMonitor, addon, [1]),
    () => Reflect.apply(addon.close, addon, [undefined]),
    () => Reflect.apply(addon.close, addon, [{}]),
  ];
  for (const call of wrong) assert.throws(call, TypeError);
});

test('closing twice is fine, and sending afterwards says EBADF', () => {
  const socket = openArpSocket(LOOPBACK, () => {});
  socket.close();
  socket.close();
  assert.throws(() => socket.send(new Uint8Array(42)), {
    code: 'EBADF',
    message: 'Cannot send frame on "lo": EBADF (the socket is closed)',
  });
});

test('fifty sockets opened and closed leave no descriptor behind', async () => {
  const before = readdirSync('/proc/self/fd').length;
  for (let i = 0; i < 50; i++) openArpSocket(LOOPBACK, () => {}).close();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(readdirSync('/proc/self/fd').length, before);
});

test('a worker thread that ends with open sockets ends cleanly, again and again', async () => {
  const before = readdirSync('/proc/self/fd').length;
  for (let i = 0; i < 10; i++) {
    const worker = new Worker(new URL('./open-worker.ts', import.meta.url));
    await once(worker, 'message');
    await worker.terminate();
  }
  assert.equal(readdirSync('/proc/self/fd').length, before);
});
