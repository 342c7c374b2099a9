// A steady stream of new connections from the client to one address, and what became of each.
import { join } from 'node:path';
import type { Lab } from './lab.ts';

/** One attempt of `knock.ts`, counted from 0; begin and end on CLOCK_MONOTONIC in milliseconds; no answer = it failed. */
export type Knock = { readonly id: number; readonly begin: number; readonly end: number; readonly answer: string };

export type Knocking = {
  /** In the order of their ends. */
  readonly knocks: readonly Knock[];
  end(): Promise<void>;
};

/** An attempt without an answer within `patienceMs` has failed. */
export type KnockWish = { readonly address: string; readonly everyMs: number; readonly patienceMs: number };

export function openKnocking(lab: Lab, { address, everyMs, patienceMs }: KnockWish): Knocking {
  const script = join(import.meta.dirname, 'knock.ts');
  const stop = new AbortController();
  const knocks: Knock[] = [];
  let rest = '';
  const running = lab.exec('client', [process.execPath, script, address, '80', `${everyMs}`, `${patienceMs}`], {
    signal: stop.signal,
    onOutput: (text) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) knocks.push(JSON.parse(line) as Knock);
    },
  });
  return {
    knocks,
    async end() {
      stop.abort();
      await running;
    },
  };
}
