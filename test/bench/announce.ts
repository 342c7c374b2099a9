// What the wire sees beside answers: a thousand addresses taken over, changes of interfaces, strangers, and the end of a speaker.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Child, type Line, type Namespace, openNetwork } from '#test/speaker/packet/netns.ts';
import type { Bench, Figure } from './figure.ts';

const COUNT = 1_000;
const REPEATS = 10;
const DEADLINE_MS = 200;
const PACE = 2_000;
const VIP = '10.9.0.100';
const IPS = Array.from({ length: COUNT }, (_, i) => `10.9.${1 + (i >> 8)}.${i & 255}`);
const atMost = (value: number) => ({ relation: '<=' as const, value });
const now = () => Number(process.hrtime.bigint()) / 1e6;

type Hosts = { readonly speaker: Namespace; readonly client: Namespace };

export const announce: Bench = {
  async run(say) {
    const figures: Figure[] = [];
    for (const [what, measure] of [
      ['1,000 addresses taken over at once', measureTakeOver],
      ['interfaces', measureIfaces],
      ['a stranger', measureStranger],
      ['the end of a speaker', measureEnd],
    ] as const) {
      say(`${what} ...`);
      const network = openNetwork(2);
      const [speaker, client] = network.namespaces as [Namespace, Namespace];
      try {
        figures.push(...(await measure({ speaker, client })));
      } finally {
        network.close();
      }
    }
    return figures;
  },
};

async function measureTakeOver({ speaker, client }: Hosts): Promise<Figure[]> {
  const listener = client.start('./listen-child.ts', { forMs: 3_000 });
  const announcer = speaker.start('./announce-child.ts', { ips: [] });
  await listener.read((line) => line['listening'] === true);
  await announcer.read((line) => line['started'] === 0);
  announcer.write({ ips: IPS });
  const { frames } = (await listener.read((line) => 'frames' in line)) as unknown as { frames: [number, string][] };
  const first = new Map<string, number>();
  for (const [at, ip] of frames) if (!first.has(ip)) first.set(ip, at);
  const last = first.size < COUNT ? Number.POSITIVE_INFINITY : Math.max(...first.values());
  const times = frames.map(([at]) => at);
  const busiest = Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 1_000).length));
  return [
    { name: `first frames of ${COUNT} addresses, the last after`, value: last, unit: 'ms', aim: atMost(600) },
    { name: 'frames in the busiest second', value: busiest, unit: '', aim: atMost(PACE) },
  ];
}

/** From the command that changes a link to the speaker's word about it, the command included; the longest of some. */
async function measureIfaces({ speaker }: Hosts): Promise<Figure[]> {
  const child = speaker.start('./announce-child.ts', { ips: [VIP] });
  await child.read((line) => line['started'] === 1);
  speaker.run('ip', 'link', 'add', 'br7', 'type', 'bridge');
  const both = '["eth0","lan1"]';
  const one = '["eth0"]';
  const changes: readonly [string, string, string][] = [
    ['appears', 'add lan1 up type veth peer name vethx', ''],
    ['gets carrier', 'set vethx up', both],
    ['loses carrier', 'set vethx down', one],
    ['regains carrier', 'set vethx up', both],
    ['changes its MAC', 'set lan1 address', both],
    ['is enslaved', 'set lan1 master br7', one],
    ['is free again', 'set lan1 nomaster', both],
    ['is removed', 'delete lan1', one],
  ];
  const longest = new Map<string, number>();
  for (let round = 0; round < REPEATS; round++) {
    for (const [what, command, wanted] of changes) {
      const mac = command.endsWith('address') ? [`02:00:00:00:07:${10 + round}`] : [];
      child.forget();
      const begun = now();
      speaker.run('ip', 'link', ...command.split(' '), ...mac);
      if (wanted === '') continue;
      await child.read((line) => JSON.stringify(line['ifaces']) === wanted);
      longest.set(what, Math.max(longest.get(what) ?? 0, now() - begun));
    }
  }
  return Array.from(longest, ([what, value]) => ({
    name: `interface ${what}, longest of ${REPEATS}`,
    value,
    unit: 'ms',
    aim: atMost(100),
  }));
}

async function measureStranger({ speaker, client }: Hosts): Promise<Figure[]> {
  const child = speaker.start('./guard-child.ts', {});
  await child.read((line) => line['started'] === true);
  child.write({ ips: [VIP] });
  const announces = (line: Line) => (line['announced'] as string[] | undefined)?.includes(VIP) === true;
  await child.read(announces);
  client.run('ip', 'address', 'add', `${VIP}/24`, 'dev', 'eth0');
  const begun = now();
  // It waits for a second after it has said it.
  spawn('ip', ['netns', 'exec', client.name, 'arping', '-q', '-A', '-c', '1', '-I', 'eth0', VIP], { stdio: 'ignore' });
  await child.read((line) => line['event'] === 'AddressConflict');
  return [{ name: 'a stranger claims, reported after', value: now() - begun, unit: 'ms', aim: atMost(1_000) }];
}

async function measureEnd({ speaker, client }: Hosts): Promise<Figure[]> {
  const bpffs = mkdtempSync(join(tmpdir(), 'arpeggio-bpffs-'));
  execFileSync('mount', ['-t', 'bpf', 'bpf', bpffs]);
  try {
    const pinned = await silenceAfterKill({ speaker, client }, join(bpffs, 'killed'));
    const plain = await silenceAfterKill({ speaker, client }, undefined);
    const { asked, answered } = await restartInPlace({ speaker, client }, join(bpffs, 'restarted'));
    return [
      { name: 'kill -9, pinned: last answer after', value: pinned, unit: 'ms', aim: atMost(DEADLINE_MS) },
      { name: 'kill -9, not pinned: last answer after', value: plain, unit: 'ms', aim: atMost(50) },
      { name: 'restart in place: requests at 1,000/s', value: asked, unit: '' },
      { name: 'restart in place: not answered', value: asked - answered, unit: '', aim: atMost(0) },
    ];
  } finally {
    execFileSync('umount', [bpffs]);
    rmSync(bpffs, { recursive: true });
  }
}

async function startKernel(speaker: Namespace, pinFolder: string | undefined): Promise<Child> {
  const options = { ips: [VIP], lifeMs: DEADLINE_MS, ...(pinFolder ? { pinFolder } : {}) };
  const child = speaker.start('./kernel-child.ts', options);
  await child.read((line) => line['ready'] === true);
  return child;
}

type Stream = { readonly asked: number; readonly answered: number; readonly lastAt: number };

async function endStream(stream: Child): Promise<Stream> {
  stream.write({ stop: true });
  const line = (await stream.read((one) => 'asked' in one)) as unknown as Stream;
  await stream.kill('SIGKILL');
  return line;
}

async function startStream(client: Namespace): Promise<Child> {
  const stream = client.start('./stream-child.ts', { ip: VIP, everyMs: 1 });
  await stream.read((line) => line['asking'] === true);
  await delay(300);
  return stream;
}

/** The longest of some. */
async function silenceAfterKill({ speaker, client }: Hosts, pinFolder: string | undefined): Promise<number> {
  let longest = 0;
  for (let round = 0; round < REPEATS; round++) {
    const child = await startKernel(speaker, pinFolder);
    const stream = await startStream(client);
    const killedAt = now();
    await child.kill('SIGKILL');
    await delay(3 * DEADLINE_MS);
    const { lastAt } = await endStream(stream);
    longest = Math.max(longest, lastAt - killedAt);
  }
  return longest;
}

async function restartInPlace({ speaker, client }: Hosts, pinFolder: string): Promise<Stream> {
  const first = await startKernel(speaker, pinFolder);
  const stream = await startStream(client);
  await first.kill('SIGUSR2');
  const second = await startKernel(speaker, pinFolder);
  await delay(300);
  const line = await endStream(stream);
  await second.kill('SIGTERM');
  return line;
}
