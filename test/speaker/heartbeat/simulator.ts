// Nodes that run the real heartbeat code (Watch and all below it) on virtual time: messages are late, lost or cut off, nodes
// stand still, die and come back. A node that stood still runs its timers before it reads its socket, as libuv does.
import type { Verdict } from '#speaker/heartbeat/liveness.ts';
import type { Heartbeat } from '#speaker/heartbeat/message.ts';
import type { AboutSelf } from '#speaker/heartbeat/self.ts';
import type { Aside } from '#speaker/heartbeat/suspicion.ts';
import { extensionOf, type Watch } from '#speaker/heartbeat/watch.ts';
import { openRandom } from '#test/random.ts';
import { createNode, type Node } from '#test/speaker/heartbeat/node.ts';
import { count } from '#test/speaker/heartbeat/pace.ts';
import { Schedule } from '#test/speaker/heartbeat/schedule.ts';

/** Joining is not noted. */
export type Seen = { readonly at: number; readonly by: string; readonly verdict: Verdict };

export type World = {
  readonly nodes: number;
  readonly seed: number;
  readonly base?: { readonly intervalMs: number; readonly deadlineMs: number };
  /** 0 to 1. */
  readonly loss?: number;
  readonly delayMostMs?: number;
  /** Over which the nodes start. */
  readonly startMs?: number;
  /** Messages say what a node holds. */
  readonly sticky?: boolean;
};

const BASE = { intervalMs: 50, deadlineMs: 200 };
const DELAY_LEAST_MS = 0.1;
const TIMER_GRAIN_MS = 1;

export class Simulator {
  now = 0;
  readonly seen: Seen[] = [];
  readonly random: () => number;
  readonly names: readonly string[];
  /** Nodes that learned that somebody took them for dead. */
  readonly accused: string[] = [];
  readonly #world: Required<World>;
  readonly #nodes: Node[];
  readonly #schedule = new Schedule();
  #sessions = 0n;
  #isCut: ((from: string, to: string) => boolean) | undefined;

  constructor(world: World) {
    this.#world = {
      base: BASE,
      loss: 0,
      delayMostMs: 1,
      startMs: world.base?.intervalMs ?? 50,
      sticky: false,
      ...world,
    };
    this.random = openRandom(world.seed);
    this.names = Array.from({ length: world.nodes }, (_, i) => `n${i}`);
    this.#nodes = this.names.map((name) => createNode(name, ++this.#sessions, this.#world));
    for (const node of this.#nodes) this.at(this.random() * this.#world.startMs, () => this.#start(node));
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

  /** The same node in its next life. */
  restart(name: string): void {
    const node = this.#node(name);
    Object.assign(node, createNode(name, ++this.#sessions, this.#world), {
      sent: node.sent,
      received: node.received,
      timer: node.timer + 1,
    });
    this.#start(node);
  }

  leave(name: string, type: 'leave' | 'pause' = 'leave'): void {
    const node = this.#node(name);
    const told = node.watch.confidants();
    for (let copy = 0; copy < 2; copy++) {
      for (const to of told ?? this.names) if (to !== name) this.#send(node, to, this.#message(node, { type }, to));
    }
    node.hasPower = false;
  }

  stall(name: string, ms: number): void {
    const node = this.#node(name);
    node.stalledUntil = Math.max(node.stalledUntil, this.now + ms);
  }

  /** From now on it says something else of itself, and tells it at once. */
  tell(name: string, what: AboutSelf): void {
    const node = this.#node(name);
    node.self.take(what);
    this.#present(node);
    if (node.watch.isOnRing) this.#arm(node);
    else this.#beatToAll(node);
  }

  /** Also to heal. */
  cut(isCut?: (from: string, to: string) => boolean): void {
    this.#isCut = isCut;
  }

  sessionOf(name: string): bigint {
    return this.#node(name).session;
  }

  watch(name: string): Watch {
    return this.#node(name).watch;
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
    return this.#nodes.reduce((most, { sent, received }) => Math.max(most, sent.most, received.most), 0);
  }

  /** All packets that were sent. */
  packets(): number {
    return this.#nodes.reduce((sum, { sent }) => sum + sent.total, 0);
  }

  #start(node: Node): void {
    const others = this.names.filter((name) => name !== node.name);
    node.watch.setPeers(others, this.now);
    this.#present(node);
    node.watch.start(this.now);
    this.#turn(node, node.timer);
  }

  #present(node: Node): void {
    const { isOnRing, rounds } = node.watch;
    node.self.turnWith(rounds);
    node.watch.present(node.self.presence({ isAnswering: true, isOnRing }), this.now);
  }

  #beatToAll(node: Node): void {
    node.self.turn();
    const message = this.#message(node, { type: 'beat' });
    for (const other of this.names) if (other !== node.name) this.#send(node, other, message);
  }

  #node(name: string): Node {
    const node = this.#nodes[Number(name.slice(1))];
    if (!node) throw new Error(`Cannot find node "${name}"`);
    return node;
  }

  #turn(node: Node, timer: number): void {
    if (!node.hasPower || timer !== node.timer) return;
    if (node.stalledUntil > this.now) {
      this.at(node.stalledUntil, () => this.#turn(node, timer));
      return;
    }
    const { now } = this;
    const { isBeat, beats, asides, overdue } = node.watch.turn(now);
    if (isBeat) this.#present(node);
    if (beats) this.#beatToAll(node);
    this.#say(node, asides);
    if (node.inbox.length > 0) for (const message of node.inbox.splice(0)) this.#hear(node, message);
    if (overdue) {
      const { verdicts, replies } = node.watch.judge(now, now);
      this.#note(node, verdicts);
      this.#say(node, replies);
    }
    this.#arm(node);
  }

  #arm(node: Node): void {
    const timer = ++node.timer;
    node.timerAt = node.watch.dueAt(this.now, false);
    this.at(node.timerAt + this.random() * TIMER_GRAIN_MS, () => this.#turn(node, timer));
  }

  #message(node: Node, content: Partial<Heartbeat> & Pick<Heartbeat, 'type'>, to?: string): Heartbeat {
    const sequence = ++node.sequence;
    const { name, watch, session, self } = node;
    const envelope = watch.envelope(sequence, this.now, to);
    return { node: name, ready: self.ready, ...self.told(), session, sequence, ...envelope, ...content };
  }

  #say(node: Node, asides: readonly Aside[]): void {
    for (const aside of asides) {
      const message = this.#message(node, { type: aside.type, ...extensionOf(aside) }, aside.to);
      this.#send(node, aside.to, message);
    }
  }

  #send(from: Node, name: string, message: Heartbeat): void {
    count(from.sent, this.now);
    const { loss, delayMostMs } = this.#world;
    const delay = DELAY_LEAST_MS + this.random() * (delayMostMs - DELAY_LEAST_MS);
    if (this.random() < loss || this.#isCut?.(from.name, name)) return;
    const to = this.#nodes[Number(name.slice(1))];
    if (!to || !name.startsWith('n')) return;
    this.at(this.now + delay, () => {
      count(to.received, this.now);
      if (to.stalledUntil > this.now) to.inbox.push(message);
      else this.#hear(to, message);
    });
  }

  #hear(node: Node, message: Heartbeat): void {
    if (!node.hasPower) return;
    const { verdicts, replies, isAccused } = node.watch.hear(message, this.now);
    if (verdicts.length > 0) this.#note(node, verdicts);
    if (isAccused) this.accused.push(node.name);
    if (replies.length > 0) this.#say(node, replies);
    if (node.watch.nextNews() < node.timerAt) this.#arm(node);
  }

  #note(node: Node, verdicts: readonly Verdict[]): void {
    for (const verdict of verdicts) {
      if (verdict.kind !== 'joined') this.seen.push({ at: this.now, by: node.name, verdict });
    }
  }
}
