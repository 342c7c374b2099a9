// The heartbeat socket and its timer: the shell around message, watch and targets. Runs in a thread of its own.
import { createSecretKey, randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { type AliveSlot, openAliveSlot } from './alive-slot.ts';
import type { Extension } from './extension.ts';
import { Keys } from './keys.ts';
import { decodeHeartbeat, encodeHeartbeat, type Heartbeat } from './message.ts';
import type { FromHeartbeat, HeartbeatSettings, ToHeartbeat } from './protocol.ts';
import { Reports } from './reports.ts';
import { Self } from './self.ts';
import { Settling } from './settling.ts';
import type { Aside } from './suspicion.ts';
import { Targets } from './targets.ts';
import { extensionOf, Watch } from './watch.ts';

// A main thread without a pulse for this long does not answer: others must.
const PULSE_LIFE_MS = 2_000;
const DRAIN_TURNS_MOST = 64;
const LEAVE_COPIES = 2;

type Content = Extension & Pick<Heartbeat, 'type'>;
type Recipient = { readonly to: string; readonly address?: string | undefined };

export class HeartbeatSocket {
  readonly #settings: HeartbeatSettings;
  readonly #report: (message: FromHeartbeat) => void;
  readonly #socket: Socket;
  readonly #session = randomBytes(8).readBigUInt64BE();
  readonly #watch: Watch;
  readonly #targets = new Targets();
  readonly #reports: Reports;
  readonly #keys = new Keys();
  readonly #settling = new Settling();
  #hasPeers = false;
  readonly #self: Self;
  #alive: AliveSlot | undefined;
  #sequence = 0n;
  #pulseAt = performance.now();
  #targetsVersion = -1;
  #judging = false;
  #left = false;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = 0;

  constructor(settings: HeartbeatSettings, report: (message: FromHeartbeat) => void) {
    const { node, address, port } = settings;
    this.#settings = settings;
    this.#report = report;
    this.#reports = new Reports(report);
    this.#self = new Self(settings.sticky);
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
    else if (message.kind === 'probe') this.#say(this.#watch.probe(message.node, performance.now()), performance.now());
    else if (message.kind === 'alive') this.#openAlive(message.map);
    else if (message.kind === 'leave') void this.#leave(message.type);
    else if (message.kind === 'peers') {
      this.#targets.setPeers(message.peers, this.#settings.address);
      this.#hasPeers = true;
    } else if (this.#self.take(message)) this.#tellNow();
  }

  /** Peers learn it now, not at the next beat. */
  #tellNow(): void {
    const now = performance.now();
    this.#present(now);
    if (this.#watch.isOnRing) this.#armForNews(now);
    else if (this.#hasPeers) void this.#send({ type: 'beat' }, now);
  }

  #openAlive(map: number): void {
    this.#alive = openAliveSlot(map);
    this.#alive.refresh(this.#watch.timing.deadlineMs);
  }

  #turn(): void {
    const now = performance.now();
    const { stallMs, isBeat, beats, asides, overdue } = this.#watch.turn(now);
    if (stallMs > 0) this.#noteStall(stallMs);
    if (isBeat) this.#beat(now, beats);
    this.#say(asides, now);
    if (overdue && !this.#judging) void this.#judge(now);
    this.#reportView(now);
    this.#reports.due(now);
    this.#arm(now);
  }

  #arm(now: number): void {
    clearTimeout(this.#timer);
    this.#timerAt = this.#watch.dueAt(now, this.#judging);
    this.#timer = setTimeout(() => this.#turn(), Math.max(0, this.#timerAt - performance.now()));
  }

  #noteStall(ms: number): void {
    this.#settling.stalled(ms);
    this.#pulseAt += ms;
    const { intervalMs, deadlineMs } = this.#watch.timing;
    if (ms < deadlineMs - intervalMs) return;
    this.#self.weaken();
    this.#report({ kind: 'stalled', ms: Math.round(ms) });
  }

  #beat(now: number, toAll: boolean): void {
    if (this.#isAnswering(now)) this.#alive?.refresh(this.#watch.timing.deadlineMs);
    if (!(this.#hasPeers && this.#keys.signing(now))) return;
    const nodes = this.#targets.nodes(now);
    if (this.#targetsVersion !== this.#targets.version) this.#watch.setPeers(nodes, now);
    this.#targetsVersion = this.#targets.version;
    this.#self.turnWith(this.#watch.rounds);
    this.#present(now);
    this.#settling.begin(now, this.#watch.timing.deadlineMs);
    if (toAll) void this.#send({ type: 'beat' }, now);
  }

  #present(now: number): void {
    const { isOnRing } = this.#watch;
    this.#watch.present(this.#self.presence({ isAnswering: this.#isAnswering(now), isOnRing }), now);
  }

  /** The main thread makes progress. */
  #isAnswering(now: number): boolean {
    return now - this.#pulseAt < PULSE_LIFE_MS;
  }

  /** The same bytes to all. */
  #send(content: Content, now: number): Promise<unknown> {
    if (content.type === 'beat') this.#self.turn();
    const bytes = this.#encode(content, now);
    if (!bytes) return Promise.resolve();
    return Promise.all(this.#targets.addresses(now).map((address) => this.#sendTo(address, bytes)));
  }

  #say(asides: readonly Aside[], now: number, address?: string): void {
    // A beat after `pause` would end it.
    if (this.#left) return;
    for (const aside of asides) {
      const content = { type: aside.type, ...extensionOf(aside) };
      void this.#sendAlone({ to: aside.to, address }, content, now);
    }
  }

  #sendAlone({ to, address = this.#targets.addressOf(to) }: Recipient, content: Content, now: number): Promise<void> {
    const bytes = address && this.#encode(content, now, to);
    return address && bytes ? this.#sendTo(address, bytes) : Promise.resolve();
  }

  #encode(content: Content, now: number, to?: string): Buffer | undefined {
    const key = this.#keys.signing(now);
    if (!key) return undefined;
    this.#sequence++;
    const { node } = this.#settings;
    const ready = this.#self.ready && this.#isAnswering(now);
    const [session, sequence] = [this.#session, this.#sequence];
    const about = { ...this.#watch.envelope(sequence, now, to), ...this.#self.told() };
    return encodeHeartbeat({ node, ready, session, sequence, ...about, ...content }, key);
  }

  #sendTo(address: string, bytes: Buffer): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.send(bytes, this.#settings.port, address, (error) => {
        if (error) this.#reports.counts.sendFailures++;
        else this.#reports.counts.sent++;
        resolve();
      });
    });
  }

  #receive(bytes: Buffer, from: string): void {
    this.#reports.counts.received++;
    const message = decodeHeartbeat(bytes, this.#keys.accepted);
    if (typeof message !== 'string') this.#hear(message, from);
    else {
      this.#reports.ignore(message);
      if (message === 'WrongKey' && this.#targets.isKnown(from)) this.#settling.missedKey(performance.now());
    }
  }

  #hear(message: Heartbeat, from: string): void {
    const now = performance.now();
    const { ignored, verdicts, replies, isAccused } = this.#watch.hear(message, now);
    if (!ignored) this.#targets.learn({ node: message.node, address: from }, now);
    // A stranger is answered where it was heard, and not remembered: it may be a recording.
    this.#say(replies, now, ignored ? from : undefined);
    if (ignored) this.#reports.ignore(ignored);
    this.#reports.verdicts(verdicts);
    if (isAccused) this.#reports.accused(now);
    this.#reportView(now);
    this.#armForNews(now);
  }

  /** What is to be passed on does not wait for the next beat. */
  #armForNews(now: number): void {
    if (this.#watch.nextNews() < this.#timerAt && !this.#left) this.#arm(now);
  }

  /** Reads the socket empty, then judges as of the time before: nothing that came later is missed, no stall is counted. */
  async #judge(now: number): Promise<void> {
    this.#judging = true;
    for (let turn = 0, before = -1; turn < DRAIN_TURNS_MOST && before !== this.#reports.counts.received; turn++) {
      before = this.#reports.counts.received;
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#judging = false;
    const { verdicts, replies } = this.#watch.judge(now, performance.now());
    this.#reports.verdicts(verdicts);
    this.#say(replies, performance.now());
    this.#reportView(performance.now());
  }

  #reportView(now: number): void {
    this.#settling.look(now, this.#watch.isInformed);
    this.#reports.view(this.#watch.liveness, this.#settling.isOver, now);
  }

  async #leave(type: 'leave' | 'pause'): Promise<void> {
    this.#left = true;
    clearTimeout(this.#timer);
    const now = performance.now();
    const told = this.#watch.confidants();
    for (let copy = 0; copy < LEAVE_COPIES; copy++) {
      await (told ? Promise.all(told.map((to) => this.#sendAlone({ to }, { type }, now))) : this.#send({ type }, now));
    }
    this.#socket.close();
    this.#report({ kind: 'left' });
  }
}
