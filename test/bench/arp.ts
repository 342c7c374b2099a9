// ARP and NDP round trips from a client: the other end's own kernel, our responder in the kernel, our responder in the process.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeIp, parseIp } from '#core/ip.ts';
import { arpAddressOf, ETHERTYPE_ARP, encodeArpRequest } from '#speaker/arp.ts';
import { ETHERTYPE_IPV6, encodeNdp, multicastMacOf, SOLICITATION, solicitedNodeOf } from '#speaker/ndp.ts';
import { type Namespace, openNetwork } from '#test/speaker/packet/netns.ts';
import { addressesOf } from './addresses.ts';
import { type Bench, type Figure, percentile } from './figure.ts';

const ROUND_TRIPS = 3_000;
/** Not counted: what a speaker that just started compiles on the way. */
const WARM_UPS = 1_000;
const COUNTS = [1, 1_000, 10_000];
/** Figures are the medians of these: a neighbour's work spoils one of them, not all. */
const ROUNDS = 3;
const FLOOD_RATE = 100_000;
const FLOOD_OWNED = 1_000;
const SERVER_MAC = Uint8Array.of(2, 0, 0, 0, 0, 1);
const THIRD_MAC = Uint8Array.of(2, 0, 0, 0, 0, 3);
const CLIENT_MAC = Uint8Array.of(2, 0, 0, 0, 0, 2);
const KERNEL_RATIO_MOST = 1.2;
const PROCESS_P50_MOST_US = 100;
const PROCESS_P99_MOST_US = 300;

const PROTOCOLS = ['ARP', 'NDP'] as const;
type Protocol = (typeof PROTOCOLS)[number];
type Result = { readonly p50: number; readonly p99: number; readonly lost: number };
type Measure = (protocol: Protocol, target: string) => Result;

export const arp: Bench = {
  async run(say) {
    const folder = mkdtempSync(join(tmpdir(), 'arpeggio-bench-'));
    const network = openNetwork(3);
    try {
      const program = compile('round-trip', folder);
      const [server, client, third] = network.namespaces as [Namespace, Namespace, Namespace];
      server.run('ip', 'address', 'add', 'fd09::1/64', 'dev', 'eth0', 'nodad');
      client.run('ip', 'address', 'add', 'fd09::2/64', 'dev', 'eth0', 'nodad');
      const ask: Measure = (protocol, target) => measure(client, program, questionOf(protocol, target));
      const figures = await measureAll(ask, server, say);
      say(`a flood of ${FLOOD_RATE} foreign requests a second`);
      return [...figures, ...(await measureFlood(ask, server, { third, program: compile('flood', folder) }))];
    } finally {
      network.close();
      rmSync(folder, { recursive: true });
    }
  },
};

async function measureAll(ask: Measure, server: Namespace, say: (line: string) => void): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const how of ['kernel', 'process'] as const) {
    for (const count of COUNTS) {
      say(`responder in the ${how}, ${count} addresses of each family`);
      const rounds: Round[] = [];
      while (rounds.length < ROUNDS) rounds.push(await measureRound(ask, server, { how, count }));
      for (const protocol of PROTOCOLS) {
        const reference = medianOf(rounds.map(({ kernel }) => kernel[protocol]));
        const ours = medianOf(rounds.map((round) => round.ours[protocol]));
        if (how === 'kernel') figures.push(...referenceFigures(`${protocol} beside ${count} owned`, reference));
        const what = `${protocol} in the ${how}, ${count} owned`;
        figures.push(...aimedFigures(what, ours, how === 'kernel' ? reference : undefined));
      }
    }
  }
  return figures;
}

type Responder = { readonly how: 'kernel' | 'process'; readonly count: number };
type Both = { readonly [protocol in Protocol]: Result };
type Round = { readonly kernel: Both; readonly ours: Both };

/** The other end's own kernel right before each: other work on this machine comes and goes. */
async function measureRound(ask: Measure, server: Namespace, { how, count }: Responder): Promise<Round> {
  const kernel = { ARP: ask('ARP', '10.9.0.1'), NDP: ask('NDP', 'fd09::1') };
  const stop = await startResponder(server, how, count);
  const [four = '', six = ''] = addressesOf(count).slice(-2);
  const ours = { ARP: ask('ARP', four), NDP: ask('NDP', six) };
  await stop();
  return { kernel, ours };
}

/** Of each figure by itself; what was lost in any round counts. */
function medianOf(results: readonly Result[]): Result {
  const median = (values: readonly number[]) => percentile(values, 0.5);
  return {
    p50: median(results.map(({ p50 }) => p50)),
    p99: median(results.map(({ p99 }) => p99)),
    lost: results.reduce((sum, { lost }) => sum + lost, 0),
  };
}

type Flood = { readonly third: Namespace; readonly program: string };

/** The flood goes to the responder's MAC alone, so that it is no burden to the client that measures. */
async function measureFlood(ask: Measure, server: Namespace, { third, program }: Flood): Promise<Figure[]> {
  const stop = await startResponder(server, 'kernel', FLOOD_OWNED);
  const [four = ''] = addressesOf(FLOOD_OWNED).slice(-2);
  const quiet = ask('ARP', four);
  const foreign = encodeArpRequest(THIRD_MAC, 0x0a090003, 0x0a090800);
  foreign.set(SERVER_MAC);
  const words = ['eth0', String(FLOOD_RATE), Buffer.from(foreign).toString('hex')];
  const flood = spawn('ip', ['netns', 'exec', third.name, program, ...words], { stdio: 'inherit' });
  await once(flood, 'spawn');
  const before = receivedBy(server);
  const loud = ask('ARP', four);
  const after = receivedBy(server);
  const gone = once(flood, 'exit');
  flood.kill('SIGKILL');
  await Promise.all([gone, stop()]);
  const name = `ARP in the kernel, ${FLOOD_OWNED} owned`;
  return [
    { name: 'foreign requests in the flood', value: rateOf(before, after), unit: '1/s' },
    { name: `${name}, quiet, p99`, value: quiet.p99, unit: 'us' },
    { name: `${name}, flood, p99`, value: loud.p99, unit: 'us', aim: { relation: '<=', value: quiet.p99 * 2 } },
    { name: `${name}, flood, lost of ${ROUND_TRIPS}`, value: loud.lost, unit: '', aim: { relation: '<=', value: 0 } },
  ];
}

type Received = { readonly frames: number; readonly atMs: number };

function receivedBy(server: Namespace): Received {
  const frames = Number(server.run('cat', '/sys/class/net/eth0/statistics/rx_packets'));
  return { frames, atMs: performance.now() };
}

function rateOf(before: Received, after: Received): number {
  return ((after.frames - before.frames) / (after.atMs - before.atMs)) * 1_000;
}

function compile(name: string, folder: string): string {
  const strict = ['-std=c11', '-D_GNU_SOURCE', '-O2', '-Wall', '-Wextra', '-Werror'];
  const program = join(folder, name);
  execFileSync('gcc', [...strict, '-o', program, join(import.meta.dirname, `${name}.c`)]);
  return program;
}

function referenceFigures(what: string, { p50, p99 }: Result): Figure[] {
  const name = `${what}, the kernel itself`;
  return [
    { name: `${name}, p50`, value: p50, unit: 'us' },
    { name: `${name}, p99`, value: p99, unit: 'us' },
  ];
}

function aimedFigures(name: string, { p50, p99, lost }: Result, reference: Result | undefined): Figure[] {
  const most50 = reference ? reference.p50 * KERNEL_RATIO_MOST : PROCESS_P50_MOST_US;
  const most99 = reference ? reference.p99 * KERNEL_RATIO_MOST : PROCESS_P99_MOST_US;
  const aim = (value: number) => ({ relation: '<=' as const, value: Number(value.toFixed(1)) });
  return [
    { name: `${name}, p50`, value: p50, unit: 'us', aim: aim(most50) },
    { name: `${name}, p99`, value: p99, unit: 'us', aim: aim(most99) },
    { name: `${name}, lost of ${ROUND_TRIPS * ROUNDS}`, value: lost, unit: '', aim: aim(0) },
  ];
}

type Question = {
  readonly etherType: number;
  readonly frame: Uint8Array;
  readonly offset: number;
  readonly answer: Uint8Array;
};

/** What to send, and where in an answer the target stands: an ARP sender, an advertisement's target. */
function questionOf(protocol: Protocol, text: string): Question {
  const ip = parseIp(text);
  if (!ip) throw new Error(`"${text}" is not an address`);
  const target = encodeIp(ip);
  if (protocol === 'ARP') {
    const frame = encodeArpRequest(CLIENT_MAC, 0x0a090002, arpAddressOf(ip));
    return { etherType: ETHERTYPE_ARP, frame, offset: 28, answer: target };
  }
  const destination = solicitedNodeOf(target);
  const source = encodeIp(parseIp('fd09::2') ?? ip);
  const message = { type: SOLICITATION, source, destination, target, flags: 0, mac: CLIENT_MAC } as const;
  const frame = encodeNdp(message, { source: CLIENT_MAC, destination: multicastMacOf(destination) });
  return { etherType: ETHERTYPE_IPV6, frame, offset: 62, answer: target };
}

function measure(client: Namespace, program: string, { etherType, frame, offset, answer }: Question): Result {
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
  const words = [String(etherType), String(WARM_UPS + ROUND_TRIPS), hex(frame), String(offset), hex(answer)];
  const { us, lost } = JSON.parse(client.run(program, 'eth0', ...words)) as { us: number[]; lost: number };
  const warm = us.slice(WARM_UPS);
  return { p50: percentile(warm, 0.5), p99: percentile(warm, 0.99), lost };
}

async function startResponder(server: Namespace, how: string, count: number): Promise<() => Promise<void>> {
  const script = join(import.meta.dirname, 'responder-child.ts');
  const argv = ['netns', 'exec', server.name, process.execPath, script, how, String(count)];
  const child = spawn('ip', argv, { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return async () => {
    const gone = once(child, 'exit');
    child.stdin.end();
    await gone;
  };
}
