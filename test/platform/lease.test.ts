// Replicas and one Lease on a real socket: who believes to hold it, and when.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type Lease, openLease } from '#platform/lease.ts';
import { LeaseServer } from './lease-server.ts';

const LOG = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

async function open(): Promise<{ server: LeaseServer; join: (identity: string) => Lease }> {
  const server = new LeaseServer();
  const cluster = await server.open();
  const stop = new AbortController();
  cleanUps.push(() => {
    stop.abort();
    server.close();
  });
  const common = { cluster, namespace: 'ours', name: 'lease', log: LOG, signal: stop.signal };
  return { server, join: (identity) => openLease({ ...common, identity, onHeld: () => undefined }) };
}

async function until(what: string, isTrue: () => boolean): Promise<void> {
  const deadline = performance.now() + 3_000;
  while (!isTrue()) {
    assert.ok(performance.now() < deadline, `waited in vain for ${what}`);
    await delay(2);
  }
}

test('a holder that sees another name in the Lease does not trust itself any longer', async () => {
  const { server, join } = await open();
  const lease = join('first');
  await until('the first to hold', () => lease.isHeld());
  assert.equal(lease.term(), 1);
  const began = performance.now();
  server.put('second');
  await until('the first to give up', () => !lease.isHeld());
  // Well before its trust of four seconds would end by itself.
  assert.ok(performance.now() - began < 1_500);
});

test('a Lease that is deleted goes to nobody but its holder, who makes it anew', async () => {
  const { server, join } = await open();
  const first = join('first');
  await until('the first to hold', () => first.isHeld());
  const second = join('second');
  await until('the second to know the Lease', () => server.watchers() === 2);
  for (let round = 0; round < 5; round++) {
    await until('the Lease to be there', () => server.holder() !== undefined);
    server.delete();
    await until('the Lease to be made anew', () => server.holder() !== undefined);
    assert.equal(server.holder(), 'first');
    assert.ok(first.isHeld() && !second.isHeld());
  }
  assert.equal(first.term(), 1);
});
