// What clients of a cluster see while its load balancer is changed for another: addresses, who answers ARP, connections.
import { byLines } from '#test/chaos/follow.ts';
import { type Failed, failedOf, movesOf } from '#test/chaos/in-flight.ts';
import { type Frame, watchWire } from '#test/chaos/wire.ts';
import { run } from '#test/lab/command.ts';
import { addGuest } from '#test/lab/guest.ts';
import { openKnocking } from '#test/lab/knocking.ts';
import type { Lab } from '#test/lab/lab.ts';
import { pollUntil } from '#test/lab/wait.ts';

export type Crossing = { end(): Promise<Crossed> };
export type Crossed = {
  /** Each Service with addresses that a watch showed, once. */
  readonly shown: readonly string[];
  /** MAC by address, first and last. */
  readonly before: ReadonlyMap<string, string>;
  readonly after: ReadonlyMap<string, string>;
  /** The longest time in which nobody answered for the address, in milliseconds. */
  readonly silence: ReadonlyMap<string, number>;
  /** Of a client that knew the MAC when it began: connections to the first address. */
  readonly connections: { readonly all: number; readonly failed: Failed };
};

const ASK_EVERY_MS = 20;
/** Plenty: a slow machine is no failure, and a SYN that was lost once comes again after a second. */
const CONNECT_MS = 3_000;
const PATIENCE = { every: 50, within: 20_000 };
const ADDRESSES =
  'jsonpath={.metadata.namespace}/{.metadata.name} {.spec.type} {.status.loadBalancer.ingress[*].ip}{"\\n"}';

/** Begins when somebody answers for each of the addresses, and ends only when somebody does again. */
export async function watchCrossing(lab: Lab, ips: readonly string[]): Promise<Crossing> {
  const guest = await addGuest(lab.name, 'witness', 110);
  const wire = await watchWire(guest, { ips, everyMs: ASK_EVERY_MS });
  const untilAnswered = (since: number) =>
    pollUntil('answers for all addresses', () => answersOf(wire.frames, since).size === ips.length, PATIENCE);
  await untilAnswered(0);
  const before = answersOf(wire.frames, 0);
  const services = watchServices(lab);
  const knocking = openKnocking(lab, { address: ips[0] ?? '', everyMs: ASK_EVERY_MS, patienceMs: CONNECT_MS });
  return {
    async end() {
      const now = wire.frames.at(-1)?.at ?? 0;
      await untilAnswered(now);
      await Promise.all([wire.close(), knocking.end()]);
      const failed = failedOf(knocking.knocks, movesOf(wire.frames, ips[0] ?? ''));
      return {
        shown: await services.end(),
        before,
        after: answersOf(wire.frames, now),
        silence: new Map(ips.map((ip) => [ip, longestSilence(wire.frames, ip)])),
        connections: { all: knocking.knocks.length, failed },
      };
    },
  };
}

/** The MAC that answered last for each address. */
function answersOf(frames: readonly Frame[], since: number): Map<string, string> {
  const answers = frames.filter(({ kind, at }) => kind === 'answer' && at > since);
  return new Map(answers.map(({ ip, mac }) => [ip, mac]));
}

function longestSilence(frames: readonly Frame[], of: string): number {
  const times = frames.filter(({ kind, ip }) => kind === 'answer' && ip === of).map(({ at }) => at);
  return Math.max(...times.map((at, i) => at - (times[i - 1] ?? at)));
}

/** Collects what a watch shows of all LoadBalancer Services, each with its addresses, until it ends. */
function watchServices(lab: Lab): { end(): Promise<string[]> } {
  const stop = new AbortController();
  const seen = new Set<string>();
  const { argv, env } = lab.kubectlCommand(['get', 'services', '-A', '--watch', '-o', ADDRESSES]);
  const onOutput = byLines((line) => {
    const [service = '', type, ...ips] = line.split(' ');
    if (type === 'LoadBalancer') seen.add(`${service} ${ips.join(' ')}`);
  });
  const running = run(argv, { env, signal: stop.signal, onOutput });
  return {
    async end() {
      stop.abort();
      await running;
      return [...seen];
    },
  };
}
