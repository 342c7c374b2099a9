// What holds of the allocator in every world, however odd.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Decision } from '#controller/allocate.ts';
import { formatIp } from '#core/ip.ts';
import { Occupancy } from '#core/occupancy.ts';
import type { Service } from '#core/service.ts';
import { service } from '#test/core/builders.ts';
import { configOf, decide, KEY, summary } from './world.ts';

const shape = fc.record({
  held: fc.option(fc.integer({ min: 0, max: 6 })),
  wish: fc.option(fc.integer({ min: 0, max: 7 })),
  key: fc.option(fc.constantFrom('k', 'l')),
  port: fc.constantFrom('TCP/80', 'TCP/81'),
  created: fc.integer({ min: 1, max: 3 }),
});
const worlds = fc.array(shape, { maxLength: 9 }).map((shapes) =>
  shapes.map(({ held, wish, key, port, created }, i) =>
    service(`s${i}`, {
      created,
      ports: [port],
      held: held === null ? [] : [`10.0.0.${held}`],
      annotations: key === null ? {} : { [KEY]: key },
      spec: wish === null ? {} : { loadBalancerIP: `10.0.0.${wish}` },
    }),
  ),
);
const RANDOM = configOf({ a: { addresses: ['10.0.0.1-10.0.0.5'] } });

function apply(decisions: Decision[]): Service[] {
  return decisions.map(({ service: decided, ips }) => ({ ...decided, held: ips }));
}

test('in any world no address is held twice unless sharing allows it', () => {
  fc.assert(
    fc.property(worlds, (services) => {
      const occupancy = new Occupancy();
      for (const { service: decided, ips } of decide(RANDOM, services)) {
        for (const ip of ips) {
          assert.deepEqual(occupancy.conflictsOf(decided, ip), []);
          occupancy.place(decided, ip);
        }
      }
    }),
  );
});

test('in any world the order of Services does not matter, and a second pass changes nothing', () => {
  fc.assert(
    fc.property(worlds, (services) => {
      const first = decide(RANDOM, services);
      assert.deepEqual(summary(decide(RANDOM, services.toReversed())), summary(first));
      assert.deepEqual(summary(decide(RANDOM, apply(first))), summary(first));
    }),
  );
});

test('in any world a waiting Service waits only where nothing fits', () => {
  fc.assert(
    fc.property(worlds, (services) => {
      const decisions = decide(RANDOM, services);
      const used = new Set(decisions.flatMap(({ ips }) => ips.map(formatIp)));
      const exhausted = decisions.filter(({ reason }) => reason === 'PoolExhausted');
      if (exhausted.length > 0) assert.equal(used.size, 5);
    }),
  );
});
