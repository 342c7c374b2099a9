// Uses everything the addon has, right and wrong, on loopback; started with an addon built for a sanitizer.
// Argument: its path. Prints "done" when nothing went wrong.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { linkProgram, readBpfObject } from '#speaker/kernel/object.ts';
import type { Addon } from '#speaker/native/addon.ts';
import { buildNdpFilter } from '#speaker/ndp-filter.ts';
import { encodeFilter } from '#speaker/packet-filter.ts';

const addon = createRequire(import.meta.url)(process.argv[2] ?? '') as Addon;
const LOOPBACK = 1;
const ROUNDS = 50;
const GROUP = Uint8Array.of(0x33, 0x33, 0xff, 0, 0, 1);

function useSockets(): void {
  const buffer = new Uint8Array(2048);
  const filter = encodeFilter(buildNdpFilter());
  const handle = addon.openPacketSocket({ name: 'lo', index: LOOPBACK, etherType: 0x86dd, filter, buffer }, () => {});
  addon.joinGroup(handle, LOOPBACK, GROUP);
  addon.leaveGroup(handle, LOOPBACK, GROUP);
  addon.sendFrame(handle, new Uint8Array(60));
  const monitor = addon.openLinkMonitor(() => {});
  addon.close(monitor);
  addon.close(handle);
  addon.close(handle);
}

function useBpf(): void {
  const object = readBpfObject(readFileSync(new URL('../../../speaker/native/bpf/responder.bpf.o', import.meta.url)));
  const maps = new Map(
    object.maps.map(({ name, type, keySize, valueSize, entries }) => {
      const flags = type === 1 ? 1 : 0;
      return [name, addon.createMap(name, Uint32Array.of(type, keySize, valueSize, entries, flags))];
    }),
  );
  const program = addon.loadProgram(linkProgram(object, maps));
  const owned = maps.get('owned4') ?? -1;
  const key = new Uint8Array(8);
  const value = new Uint8Array(8);
  addon.update(owned, key, value);
  addon.lookup(owned, key, value);
  addon.nextKey(owned, undefined, key);
  addon.describeMap(owned);
  addon.delete(owned, key);
  for (let length = 14; length < 200; length++) addon.testRun(program, LOOPBACK, new Uint8Array(length).fill(length));
  for (const descriptor of [program, ...maps.values()]) addon.closeDescriptor(descriptor);
}

/** Every function with every kind of argument: an Error is fine, a touch of foreign memory is not. */
function misuse(): void {
  const values = [undefined, null, 0, -1, 'text', {}, [], new Uint8Array(0), new Uint8Array(3), new Uint32Array(5)];
  // A number may be a descriptor of this very process.
  const functions = Object.entries(addon).filter(([name]) => name !== 'closeDescriptor');
  for (const [, use] of functions) {
    for (const a of values) {
      for (const b of values) {
        try {
          Reflect.apply(use, addon, [a, b, new Uint8Array(64)]);
        } catch {
          // Wanted.
        }
      }
    }
  }
}

for (let i = 0; i < ROUNDS; i++) useSockets();
for (let i = 0; i < ROUNDS; i++) useBpf();
misuse();
process.stdout.write('done\n');
process.exit();
