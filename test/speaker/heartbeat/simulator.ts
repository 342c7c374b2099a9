// Nodes that run the real heartbeat code (Watch and all below it) on virtual time: messages are late, lost or cut off, nodes
// stand still, die and come back. A node that stood still runs its timers before it reads its socket, as libuv does.
import type { Verdict } from '#speaker/heartbeat/liveness.ts';
import type { Heartbeat } from '#speaker/heartbeat/message.ts';
import type { Aside } from '#speaker/heartbeat/suspicion.ts';
import { extensionOf, Watch } from '#speaker/heartbeat/watch.ts';
import { openRandom } from '#test/random.ts';
import { Schedule } from '#test/speaker/heartbeat/schedule.ts';

export type Seen = { readonly at: number; readonly by: string; readonly verdict: Verdict };

export type World = {
  readonly nodes: number;
  readonly seed: number;
  readonly base?: { readonly intervalMs: number; readonly deadlineMs: number };
  /** 0 to 1. */
  readonly loss?: number;
  readonly delayMostMs?: number;
};

type Node = {
  readonly name: string;
  readonly watch: Watch;
  readonly inbox: Heartbeat[];
  sequence: bigint;
  stalledUntil: number;
  hasPower: boolean;
  /** Packets of each second. */
  readonly sent: number[];
  readonly received: number[];
};

const BASE = { intervalMs: 50, deadlineMs: 200 };
const DELAY_LEAST_MS = 0.1;
const TIMER_GRAIN_MS = 1;

export class Simulator {
  now = 0;
  readonly seen: Seen[] = [];
  readonly random: () => number;
  readonly #world: Required<World>;
  readonly #nodes: Node[];
  readonly #schedule = new Schedule();
  #isCut: (from: string, to: string) => boolean = () => false;

  constructor(world: World) {
    this.#world = { base: BASE, loss: 0, delayMostMs: 1, ...world };
    this.random = openRandom(world.seed);
    this.#nodes = Array.from({ length: world.nodes }, (_, i) => this.#open(i));
    for (const node of this.#nodes) {
      const startAt = this.random() * this.#world.base.intervalMs;
      this.at(startAt, () => {
        node.watch.start(this.now);
        this.#turn(node);
      });
    }
  }

  get names(): string[] {
    return this.#nodes.map(({ name }) => name);
  }

  at(time: number, run: () => void): void {
    this.#schedule.add(time, run);
  }

  run(until: number): void {
    for (let next = this.#schedule.take(until); next; next = this.#schedule.take(until)) {
      this.now = next.at;
      next.run();
    }
    this.now = until;
  }

  kill(name: string): void {
    this.#node(name).hasPower = false;
  }

  stall(name: string, ms: number): void {
    const node = this.#node(name);
    node.stalledUntil = Math.max(node.stalledUntil, this.now + ms);
  }

  /** Also to heal. */
  cut(isCut: (from: string, to: string) => boolean): void {
    this.#isCut = isCut;
  }

  live(name: string): string[] {
    const view = this.#node(name).watch.liveness.view();
    return view.map(({ node }) => node).sort();
  }

  deaths(): string[] {
    const died = this.seen.filter(({ verdict }) => verdict.kind === 'died');
    return died.map(({ at, by, verdict }) => `${by}: ${verdict.node} at ${Math.round(at)}`);
  }

  /** The most packets that any node sent or received in one second. */
  busiest(): number {
    const counts = this.#nodes.flatMap(({ sent, received }) => [sent, received]);
    return Math.max(0, ...counts.map((seconds) => seconds.reduce((most, count) => Math.max(most, count), 0)));
  }

  #open(i: number): Node {
    const name = `n${i}`;
    const watch = new Watch({ node: name, session: BigInt(i + 1), base: this.#world.base });
    watch.setPeers(this.#world.nodes - 1);
    return { name, watch, inbox: [], sequence: 0n, stalledUntil: 0, hasPower: true, sent: [], received: [] };
  }

  #node(name: string): Node {
    const node = this.#nodes[Number(name.slice(1))];
    if (!node) throw new Error(`Cannot find node "${name}"`);
    return node;
  }

  #turn(node: Node): void {
    if (!node.hasPower) return;
    if (node.stalledUntil > this.now) {
      this.at(node.stalledUntil, () => this.#turn(node));
      return;
    }
    const { now } = this;
    const { beats, asides, overdue } = node.watch.turn(now);
    if (beats) {
      const message = this.#message(node, { type: 'beat' });
      for (const other of this.#nodes) if (other !== node) this.#send(node, other, message);
    }
    this.#say(node, asides);
    for (const message of node.inbox.splice(0)) this.#hear(node, message);
    const verdicts = overdue ? node.watch.liveness.judge(now) : [];
    for (const verdict of verdicts) this.seen.push({ at: now, by: node.name, verdict });
    this.#arm(node);
  }

  #arm(node: Node): void {
    this.at(node.watch.dueAt(this.now, false) + this.random() * TIMER_GRAIN_MS, () => this.#turn(node));
  }

  #message(node: Node, content: Partial<Heartbeat> & Pick<Heartbeat, 'type'>): Heartbeat {
    const sequence = ++node.sequence;
    const { name, watch } = node;
    const session = BigInt(Number(name.slice(1)) + 1);
    return {
      node: name,
      ready: true,
      session,
      sequence,
      echoes: watch.liveness.echoes(sequence, this.now),
      ...content,
    };
  }

  #say(node: Node, asides: readonly Aside[]): void {
    for (const aside of asides) {
      const message = this.#message(node, { type: aside.type, ...extensionOf(aside) });
      this.#send(node, this.#node(aside.to), message);
    }
  }

  #send(from: Node, to: Node, message: Heartbeat): void {
    count(from.sent, this.now);
    const { loss, delayMostMs } = this.#world;
    const delay = DELAY_LEAST_MS + this.random() * (delayMostMs - DELAY_LEAST_MS);
    if (this.random() < loss || this.#isCut(from.name, to.name)) return;
    this.at(this.now + delay, () => {
      count(to.received, this.now);
      if (to.stalledUntil > this.now) to.inbox.push(message);
      else this.#hear(to, message);
    });
  }

  #hear(node: Node, message: Heartbeat): void {
    if (!node.hasPower) return;
    const { outcome, replies } = node.watch.hear(message, this.now);
    if (typeof outcome === 'object') this.seen.push({ at: this.now, by: node.name, verdict: outcome });
    this.#say(node, replies);
  }
}

function count(seconds: number[], now: number): void {
  const second = Math.floor(now / 1_000);
  while (seconds.length <= second) seconds.push(0);
  seconds[second] = (seconds[second] ?? 0) + 1;
}
