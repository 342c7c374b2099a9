// What probes of the gateway mean.
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { Uplink } from '#speaker/uplink.ts';

/** The state after each outcome: `+` is an answer, `-` a loss, `x` a loss while no peer says that its uplink works. */
function run(outcomes: string): string[] {
  const uplink = new Uplink(3);
  return Array.from(outcomes, (outcome) => {
    uplink.note(outcome === '+', outcome !== 'x');
    return uplink.state;
  });
}

const cases: [string, string, string][] = [
  ['at first nothing is known', '', 'unknown'],
  ['six answers are not enough to speak against others', '++++++', 'unknown'],
  ['seven are', '+++++++', 'works'],
  ['one loss ends that', '+++++++-', 'unknown'],
  ['two losses take nobody out', '+++++++--', 'unknown'],
  ['three do', '+++++++---', 'down'],
  ['a node that never had an answer is taken out too', '---', 'down'],
  ['losses count in a row', '--+--+--', 'unknown'],
  ['four answers do not bring it back', '---++++', 'down'],
  ['five do', '---+++++', 'unknown'],
  ['answers count in a row', '---++++-++++', 'down'],
  ['while no other uplink works the gateway is down, and nobody is taken out', '+++++++-xxxxx', 'unknown'],
  ['once one works again, the next loss takes out', '+++++++-xxxxx-', 'down'],
  ['who is out stays out, whatever others say', '---xxxx', 'down'],
];
for (const [name, outcomes, expected] of cases) {
  test(name, () => assert.equal(run(outcomes).at(-1) ?? new Uplink(3).state, expected));
}

test('however the probes of nodes are shifted, a gateway that dies and returns takes nobody out', () => {
  const arbitrary = fc.record({
    shifts: fc.array(fc.nat({ max: 99 }), { minLength: 2, maxLength: 6 }),
    outage: fc.integer({ min: 1, max: 4_000 }),
  });
  fc.assert(
    fc.property(arbitrary, ({ shifts, outage }) => {
      const nodes = shifts.map((shift) => ({ shift, uplink: new Uplink(3) }));
      const dies = 1_000;
      // One probe per node and 100 ms; each is judged when the next one is sent.
      for (let now = 100; now < 8_000; now++) {
        for (const { shift, uplink } of nodes.filter(({ shift: at }) => now % 100 === at)) {
          const sentAt = now - 100;
          const others = nodes.filter((node) => node.uplink !== uplink);
          const isWitnessed = others.some((node) => node.uplink.state === 'works');
          uplink.note(sentAt < dies || sentAt >= dies + outage, isWitnessed);
          assert.notEqual(uplink.state, 'down', `node at ${shift}, ${now} ms`);
        }
      }
    }),
    { numRuns: 30 },
  );
});
