// Who announces while a cluster falls apart and heals, with the real liveness, fence and election on virtual time.
import assert from 'node:assert/strict';
import test from 'node:test';
import { electOwner } from '#speaker/elect.ts';
import { hasMajority } from '#speaker/fence.ts';
import { Simulator } from '#test/speaker/heartbeat/simulator.ts';

const VIP = '10.0.0.1';
const CUT_AT = 2_000;
const HEAL_AT = 6_000;
const END = 8_000;
/** Deadline, half a deadline for a witness that seems to stand still, grace, and the grain of timers. */
const NOTICED_WITHIN_MS = 340;
const SAMPLE_MS = 5;

type Sample = { readonly at: number; readonly announcing: readonly string[] };

/** Samples of who announces while `side` is cut off from the others. */
function run(nodes: number, side: readonly string[], isFencing: boolean): Sample[] {
  const simulator = new Simulator({ nodes, seed: nodes, loss: 0.01 });
  const { names } = simulator;
  const announces = (self: string) => {
    const live = simulator.live(self);
    if (isFencing && !hasMajority({ self, pods: names, live, left: new Set() })) return false;
    const candidates = [self, ...live].map((node) => ({ node, score: 0 }));
    return electOwner(candidates, VIP) === self;
  };
  const samples: Sample[] = [];
  simulator.at(CUT_AT, () => simulator.cut((from, to) => side.includes(from) !== side.includes(to)));
  simulator.at(HEAL_AT, () => simulator.cut(() => false));
  for (let at = CUT_AT - 500; at < END; at += SAMPLE_MS) {
    simulator.at(at, () => samples.push({ at, announcing: names.filter(announces) }));
  }
  simulator.run(END);
  return samples;
}

const during = (samples: Sample[], from: number, until: number) =>
  new Set(samples.filter(({ at }) => at >= from && at < until).map(({ announcing }) => announcing.join()));

const ownerOf = (names: readonly string[]) =>
  electOwner(
    names.map((node) => ({ node, score: 0 })),
    VIP,
  ) ?? '';

const cases: [number, string[], string[]][] = [
  [3, ['n0'], ['n1', 'n2']],
  [3, ['n1', 'n2'], ['n1', 'n2']],
  [5, ['n3', 'n4'], ['n0', 'n1', 'n2']],
  [4, ['n2', 'n3'], ['n0', 'n1']],
  [4, ['n0', 'n3'], ['n0', 'n3']],
];
for (const [nodes, side, winners] of cases) {
  const names = Array.from({ length: nodes }, (_, i) => `n${i}`);
  const others = names.filter((name) => !side.includes(name));

  test(`${nodes} nodes, ${side.join()} cut off, fencing: only ${winners.join()} go on, and one owner is left within a second`, () => {
    const samples = run(nodes, side, true);
    assert.deepEqual(during(samples, 0, CUT_AT), new Set([ownerOf(names)]));
    assert.deepEqual(during(samples, CUT_AT + NOTICED_WITHIN_MS, HEAL_AT), new Set([ownerOf(winners)]));
    assert.deepEqual(during(samples, HEAL_AT + 1_000, END), new Set([ownerOf(names)]));
    // The side that loses is silent before, or within the grain of timers after, the other takes over.
    const both = samples.filter(({ announcing }) => announcing.length > 1).length * SAMPLE_MS;
    assert.ok(both <= 100, `two announced for ${both} ms`);
  });

  test(`${nodes} nodes, ${side.join()} cut off, no fencing: each side has its owner`, () => {
    const samples = run(nodes, side, false);
    const owners = [ownerOf(side), ownerOf(others)].sort().join();
    assert.deepEqual(during(samples, CUT_AT + NOTICED_WITHIN_MS, HEAL_AT), new Set([owners]));
    assert.deepEqual(during(samples, HEAL_AT + 1_000, END), new Set([ownerOf(names)]));
  });
}
