// Fleets of speakers on virtual time, running the real heartbeat and election code: false deaths with loss and stalls, how fast
// deaths are noticed, packets, and whether every address has one owner after each event.
import { acquaint } from '#test/speaker/heartbeat/acquaint.ts';
import { ownerProblems } from '#test/speaker/heartbeat/owners.ts';
import { Simulator } from '#test/speaker/heartbeat/simulator.ts';
import { addStalls } from '#test/speaker/heartbeat/stalls.ts';
import { type Bench, type BenchOptions, type Figure, percentile } from './figure.ts';

type Fleet = { readonly nodes: number; readonly hours: number; readonly kills: number };

const FLEETS: readonly Fleet[] = [
  { nodes: 3, hours: 24, kills: 300 },
  { nodes: 10, hours: 24, kills: 300 },
  { nodes: 100, hours: 1, kills: 60 },
  { nodes: 1_000, hours: 0.02, kills: 5 },
];
const HOUR_MS = 3_600_000;
const LOSS = 0.01;
const STALL_EVERY_MS = 5_000;
const ADDRESSES = 32;
/** Time for one event to be over. */
const CALM_MS = 3_000;
const PACKETS_MOST = 1_000;

export const fleet: Bench = {
  run: async (say, { hours = 24, nodes }: BenchOptions) => {
    const figures: Figure[] = [];
    for (const one of nodes === undefined ? FLEETS : FLEETS.filter((each) => each.nodes === nodes)) {
      const measured = { ...one, hours: Math.min(one.hours, hours) };
      for (const measure of [peace, deaths, disasters]) {
        say(`${one.nodes} nodes: ${measure.name}`);
        figures.push(...measure(measured));
        // So that progress is seen.
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    return figures;
  },
};

function open(nodes: number, seed: number): { simulator: Simulator; settled: number } {
  const simulator = new Simulator({ nodes, seed, loss: LOSS });
  acquaint(simulator);
  return { simulator, settled: 2_000 };
}

/** Nobody dies, so every death is wrong. */
function peace({ nodes, hours }: Fleet): Figure[] {
  const { simulator, settled } = open(nodes, 1);
  simulator.run(settled);
  const before = simulator.packets();
  addStalls(simulator, { from: settled, everyMs: STALL_EVERY_MS });
  simulator.run(settled + hours * HOUR_MS);
  const rate = (simulator.packets() - before) / nodes / hours / 3_600;
  return [
    { name: `${nodes} nodes: virtual time with 1 % loss and stalls`, value: hours, unit: 'h' },
    { name: `${nodes} nodes: wrong deaths`, value: wrongDeaths(simulator), unit: 'deaths', aim: atMost(0) },
    { name: `${nodes} nodes: sent by a node`, value: rate, unit: 'packets/s', aim: atMost(PACKETS_MOST) },
    busiest(nodes, 'with stalls', simulator),
  ];
}

/** One node wrongly dead for many at once counts once. */
function wrongDeaths(simulator: Simulator): number {
  const episodes = new Map<string, number>();
  let count = 0;
  for (const { at, verdict } of simulator.seen) {
    if (verdict.kind !== 'died') continue;
    if (at - (episodes.get(verdict.node) ?? Number.NEGATIVE_INFINITY) > 1_000) count++;
    episodes.set(verdict.node, at);
  }
  return count;
}

/** One power cut after the other; every survivor's verdict is a sample. */
function deaths({ nodes, kills }: Fleet): Figure[] {
  const { simulator, settled } = open(nodes, 2);
  const took: number[] = [];
  let problems = 0;
  for (let i = 0; i < kills; i++) {
    const victim = `n${Math.floor(simulator.random() * nodes)}`;
    const cutAt = (i === 0 ? settled : simulator.now) + simulator.random() * 100;
    simulator.run(cutAt);
    simulator.kill(victim);
    const seen = simulator.seen.length;
    simulator.run(cutAt + CALM_MS);
    for (const { at, verdict } of simulator.seen.slice(seen))
      if (verdict.kind === 'died' && verdict.node === victim) took.push(at - cutAt);
    const rest = simulator.names.filter((name) => name !== victim);
    problems += took.length === (i + 1) * rest.length ? 0 : 1;
    problems += ownerProblems(simulator, rest, ADDRESSES).length;
    simulator.restart(victim);
    simulator.run(cutAt + 2 * CALM_MS);
    problems += ownerProblems(simulator, simulator.names, ADDRESSES).length;
  }
  return [
    { name: `${nodes} nodes: death noticed, p50`, value: percentile(took, 0.5), unit: 'ms', aim: atMost(220) },
    { name: `${nodes} nodes: death noticed, p99`, value: percentile(took, 0.99), unit: 'ms', aim: atMost(300) },
    { name: `${nodes} nodes: ownership problems after deaths and returns`, value: problems, unit: '', aim: atMost(0) },
  ];
}

/** Half of the nodes are cut off from the others, come back, and die. */
function disasters({ nodes }: Fleet): Figure[] {
  const { simulator, settled } = open(nodes, 3);
  const isLeft = (name: string) => Number(name.slice(1)) < nodes / 2;
  const left = simulator.names.filter(isLeft);
  const right = simulator.names.filter((name) => !isLeft(name));
  simulator.run(settled);
  simulator.cut((from, to) => isLeft(from) !== isLeft(to));
  simulator.run(simulator.now + CALM_MS);
  let problems = ownerProblems(simulator, left, ADDRESSES).length + ownerProblems(simulator, right, ADDRESSES).length;
  simulator.cut();
  const healing = untilOneOwner(simulator, simulator.names);
  simulator.run(simulator.now + CALM_MS);
  problems += ownerProblems(simulator, simulator.names, ADDRESSES).length;
  for (const name of right) simulator.kill(name);
  const taking = untilOneOwner(simulator, left);
  simulator.run(simulator.now + CALM_MS);
  problems += ownerProblems(simulator, left, ADDRESSES).length;
  return [
    {
      name: `${nodes} nodes: one view and one owner after a partition healed`,
      value: healing,
      unit: 'ms',
      aim: atMost(1_000),
    },
    { name: `${nodes} nodes: one view and one owner after half of the nodes died`, value: taking, unit: 'ms' },
    { name: `${nodes} nodes: ownership problems on any side`, value: problems, unit: '', aim: atMost(0) },
    busiest(nodes, 'while half are cut off, return and die', simulator),
  ];
}

/** Until everybody knows the same, so that the election is held once, not by every view on the way. */
function untilOneOwner(simulator: Simulator, side: readonly string[]): number {
  const start = simulator.now;
  const knowsAll = (name: string) => simulator.watch(name).liveness.peers.live().length === side.length - 1;
  do simulator.run(simulator.now + 10);
  while (simulator.now - start < CALM_MS && !side.every(knowsAll));
  return ownerProblems(simulator, side, ADDRESSES).length === 0 ? simulator.now - start : Number.NaN;
}

function busiest(nodes: number, when: string, simulator: Simulator): Figure {
  const name = `${nodes} nodes: most packets a node sent or received in a second ${when}`;
  return { name, value: simulator.busiest(), unit: 'packets', aim: atMost(PACKETS_MOST) };
}

function atMost(value: number): Figure['aim'] & object {
  return { relation: '<=', value };
}
