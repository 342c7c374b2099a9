// The heartbeat socket and its timer: the shell around message, watch and targets. Runs in a thread of its own.
import { createSecretKey, randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { type AliveSlot, openAliveSlot } from './alive-slot.ts';
import type { Extension } from './extension.ts';
import { HoldingTurns } from './holdings.ts';
import { Keys } from './keys.ts';
import { decodeHeartbeat, encodeHeartbeat, type Heartbeat } from './message.ts';
import type { FromHeartbeat, HeartbeatCounts, HeartbeatSettings, Ignored, ToHeartbeat } from './protocol.ts';
import type { Standing } from './standing.ts';
import type { Aside } from './suspicion.ts';
import { Targets } from './targets.ts';
import { extensionOf, Watch } from './watch.ts';

// A main thread without a pulse for this long does not answer: others must.
const PULSE_LIFE_MS = 2_000;
const COUNTS_EVERY_MS = 1_000;
// Two starting nodes prove themselves to each other within two beats, if none is lost.
const SETTLE_LEAST_MS = 600;
const DRAIN_TURNS_MOST = 64;
const LEAVE_COPIES = 2;
// Each report makes the main thread decide anew: the parts of many holdings are gathered first.
const HOLDINGS_EVERY_MS = 200;

type Content = Extension & Pick<Heartbeat, 'type'>;

export class HeartbeatSocket {
  readonly #settings: HeartbeatSettings;
  readonly #report: (message: FromHeartbeat) => void;
  readonly #socket: Socket;
  readonly #session = randomBytes(8).readBigUInt64BE();
  readonly #watch: Watch;
  readonly #targets = new Targets();
  readonly #counts: HeartbeatCounts = { sent: 0, sendFailures: 0, received: 0, ignored: {} };
  readonly #keys = new Keys();
  #hasPeers = false;
  #ready = false;
  #macs: readonly string[] = [];
  #standing: Standing | undefined;
  readonly #holdings: HoldingTurns | undefined;
  #alive: AliveSlot | undefined;
  #sequence = 0n;
  #settleAt = Number.POSITIVE_INFINITY;
  #settled = false;
  #reportedVersion = -1;
  #reportedHoldings = 0;
  #holdingsAt = 0;
  #pulseAt = performance.now();
  #countsAt = 0;
  #judging = false;
  #left = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(settings: HeartbeatSettings, report: (message: FromHeartbeat) => void) {
    const { node, address, port } = settings;
    this.#settings = settings;
    this.#report = report;
    this.#holdings = settings.sticky ? new HoldingTurns() : undefined;
    this.#watch = new Watch({ node, session: this.#session, base: settings });
    const family = isIPv6(address) ? 6 : 4;
    // Addresses are numbers already: no resolver in the way.
    this.#socket = createSocket({
      type: family === 6 ? 'udp6' : 'udp4',
      lookup: (host, _options, done) => done(null, host, family),
    });
    this.#socket.on('error', (cause) => {
      throw new Error(`Cannot open heartbeat socket on "${address}" port ${port}`, { cause });
    });
    this.#socket.on('message', (bytes, from) => this.#receive(bytes, from.address));
    this.#socket.bind({ port, address }, () => {
      this.#watch.start(performance.now());
      this.#turn();
    });
  }

  handle(message: ToHeartbeat): void {
    if (this.#left) return;
    if (message.kind === 'key') this.#keys.take(createSecretKey(message.key), performance.now());
    else if (message.kind === 'pulse') this.#pulseAt = performance.now();
    else if (message.kind === 'macs') this.#macs = message.macs;
    else if (message.kind === 'alive') this.#openAlive(message.map);
    else if (message.kind === 'leave') void this.#leave(message.type);
    else if (message.kind === 'peers') {
      this.#targets.setPeers(message.peers, this.#settings.address);
      this.#hasPeers = true;
    } else if (message.kind === 'holdings') {
      if (this.#holdings?.set(message)) this.#beatNow();
    } else {
      if (message.kind === 'standing') this.#standing = message.standing;
      else this.#ready = message.ready;
      this.#beatNow();
    }
  }

  /** Peers learn it now, not at the next beat. */
  #beatNow(): void {
    if (this.#hasPeers) void this.#send({ type: 'beat' }, performance.now());
  }

  #openAlive(map: number): void {
    this.#alive = openAliveSlot(map);
    this.#alive.refresh(this.#watch.timing.deadlineMs);
  }

  #turn(): void {
    const now = performance.now();
    const { stallMs, beats, asides, overdue } = this.#watch.turn(now);
    if (stallMs > 0) this.#noteStall(stallMs);
    if (beats) this.#beat(now);
    this.#say(asides, now);
    if (overdue && !this.#judging) void this.#judge(now);
    this.#reportView(now);
    this.#reportCounts(now);
    const dueAt = this.#watch.dueAt(now, this.#judging);
    this.#timer = setTimeout(() => this.#turn(), Math.max(0, dueAt - performance.now()));
  }

  #noteStall(ms: number): void {
    if (!this.#settled) this.#settleAt += ms;
    this.#pulseAt += ms;
    const { intervalMs, deadlineMs } = this.#watch.timing;
    if (ms < deadlineMs - intervalMs) return;
    this.#holdings?.weaken();
    this.#report({ kind: 'stalled', ms: Math.round(ms) });
  }

  #beat(now: number): void {
    if (this.#isAnswering(now)) this.#alive?.refresh(this.#watch.timing.deadlineMs);
    if (!(this.#hasPeers && this.#keys.signing(now))) return;
    this.#watch.setPeers(this.#targets.addresses(now).length);
    if (this.#settleAt === Number.POSITIVE_INFINITY)
      this.#settleAt = now + Math.max(SETTLE_LEAST_MS, this.#watch.timing.deadlineMs);
    void this.#send({ type: 'beat' }, now);
  }

  /** The main thread makes progress. */
  #isAnswering(now: number): boolean {
    return now - this.#pulseAt < PULSE_LIFE_MS;
  }

  /** The same bytes to all. */
  #send(content: Content, now: number): Promise<unknown> {
    const holding = content.type === 'beat' ? this.#holdings?.take() : undefined;
    const bytes = this.#encode({ ...content, ...(holding ? { holding } : {}) }, now);
    if (!bytes) return Promise.resolve();
    return Promise.all(this.#targets.addresses(now).map((address) => this.#sendTo(address, bytes)));
  }

  #say(asides: readonly Aside[], now: number): void {
    // A beat after `pause` would end it.
    if (this.#left) return;
    for (const aside of asides) {
      const address = this.#targets.addressOf(aside.to);
      const bytes = address && this.#encode({ type: aside.type, ...extensionOf(aside) }, now);
      if (address && bytes) void this.#sendTo(address, bytes);
    }
  }

  #encode(content: Content, now: number): Buffer | undefined {
    const key = this.#keys.signing(now);
    if (!key) return undefined;
    this.#sequence++;
    const { node } = this.#settings;
    const ready = this.#ready && this.#isAnswering(now);
    const echoes = this.#watch.liveness.echoes(this.#sequence, now);
    const [session, sequence, macs] = [this.#session, this.#sequence, this.#macs];
    const told = { macs, ...(this.#standing && { standing: this.#standing }) };
    const holding = this.#holdings && { holding: this.#holdings.again() };
    return encodeHeartbeat({ node, ready, session, sequence, echoes, ...told, ...holding, ...content }, key);
  }

  #sendTo(address: string, bytes: Buffer): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.send(bytes, this.#settings.port, address, (error) => {
        if (error) this.#counts.sendFailures++;
        else this.#counts.sent++;
        resolve();
      });
    });
  }

  #receive(bytes: Buffer, from: string): void {
    this.#counts.received++;
    const message = decodeHeartbeat(bytes, this.#keys.accepted);
    if (typeof message === 'string') this.#ignore(message);
    else this.#hear(message, from);
  }

  #hear(message: Heartbeat, from: string): void {
    const now = performance.now();
    const { outcome, replies } = this.#watch.hear(message, now);
    if (outcome !== 'Reflected' && outcome !== 'Replay')
      this.#targets.learn({ node: message.node, address: from }, now);
    this.#say(replies, now);
    if (typeof outcome === 'string') this.#ignore(outcome);
    else if (outcome) this.#report({ kind: 'verdict', verdict: outcome });
    this.#reportView(now);
  }

  #ignore(reason: Ignored): void {
    this.#counts.ignored[reason] = (this.#counts.ignored[reason] ?? 0) + 1;
  }

  /** Reads the socket empty, then judges as of the time before: nothing that came later is missed, no stall is counted. */
  async #judge(now: number): Promise<void> {
    this.#judging = true;
    for (let turn = 0, before = -1; turn < DRAIN_TURNS_MOST && before !== this.#counts.received; turn++) {
      before = this.#counts.received;
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#judging = false;
    for (const verdict of this.#watch.liveness.judge(now)) this.#report({ kind: 'verdict', verdict });
    this.#reportView(performance.now());
  }

  #reportView(now: number): void {
    const settled = now >= this.#settleAt;
    const { version, holdingsVersion } = this.#watch.liveness;
    const isPart = this.#reportedHoldings !== holdingsVersion && now >= this.#holdingsAt;
    if (settled === this.#settled && this.#reportedVersion === version && !isPart) return;
    this.#settled = settled;
    this.#reportedVersion = version;
    this.#reportedHoldings = holdingsVersion;
    this.#holdingsAt = now + HOLDINGS_EVERY_MS;
    this.#report({ kind: 'view', live: this.#watch.liveness.view(), settled });
  }

  #reportCounts(now: number): void {
    if (now < this.#countsAt) return;
    this.#countsAt = now + COUNTS_EVERY_MS;
    this.#report({ kind: 'counts', counts: this.#counts });
  }

  async #leave(type: 'leave' | 'pause'): Promise<void> {
    this.#left = true;
    clearTimeout(this.#timer);
    const now = performance.now();
    for (let copy = 0; copy < LEAVE_COPIES; copy++) await this.#send({ type }, now);
    this.#socket.close();
    this.#report({ kind: 'left' });
  }
}
