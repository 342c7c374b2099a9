// What happens on the lab's LAN, seen by a guest with a packet socket of its own: claims of addresses and answers for them.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Guest } from '#test/lab/guest.ts';
import { checkout } from '#test/lab/state.ts';
import { byLines } from './follow.ts';

/** `at` is CLOCK_MONOTONIC in ms. A claim came unasked; an answer is one to a question of the guest. */
export type Frame = {
  readonly at: number;
  readonly ip: string;
  readonly mac: string;
  readonly kind: 'claim' | 'answer';
};

export type Wire = {
  /** In the order of their arrival. */
  readonly frames: readonly Frame[];
  /** Drops what came so far. */
  forget(): void;
  close(): Promise<void>;
};

export type Question = { readonly ips: readonly string[]; readonly everyMs: number };

/** The guest asks with its own MAC, so that the client learns nothing from the answers. */
export async function watchWire(guest: Guest, { ips, everyMs }: Question): Promise<Wire> {
  const script = join(checkout, 'test/chaos/wire-child.ts');
  const argv = guest.command([process.execPath, script, JSON.stringify({ ask: ips, everyMs })]);
  const child = spawn(argv[0] ?? '', argv.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] });
  const frames: Frame[] = [];
  const { promise: listening, resolve, reject } = Promise.withResolvers<void>();
  const onLine = byLines((line) => {
    const parsed = JSON.parse(line) as [number, string, string, Frame['kind']][] | { listening: true };
    if (!Array.isArray(parsed)) return resolve();
    for (const [at, ip, mac, kind] of parsed) frames.push({ at, ip, mac, kind });
  });
  child.stdout.on('data', (chunk: Buffer) => onLine(chunk.toString()));
  const gone = once(child, 'exit');
  gone.then(() => reject(new Error('Cannot watch the wire: the watcher ended')), reject);
  await listening;
  return {
    frames,
    forget: () => {
      frames.length = 0;
    },
    async close() {
      child.kill('SIGKILL');
      await gone;
    },
  };
}

/** Each MAC that claimed the address, once for every time it followed another one. */
export function claimersOf(frames: readonly Frame[], ip: string): string[] {
  const macs = frames.filter((frame) => frame.kind === 'claim' && frame.ip === ip).map(({ mac }) => mac);
  return macs.filter((mac, i) => mac !== macs[i - 1]);
}

/** The MACs that answered for the address from `since` on. */
export function answerersOf(frames: readonly Frame[], ip: string, since: number): Set<string> {
  const answers = frames.filter((frame) => frame.kind === 'answer' && frame.ip === ip && frame.at >= since);
  return new Set(answers.map(({ mac }) => mac));
}
