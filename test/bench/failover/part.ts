// A part of the failover bench: what it gets, and the shapes its figures have.

import type { Stage } from '#test/chaos/failover/stage.ts';
import type { TakeOver } from '#test/chaos/failover/take-over.ts';
import { type Figure, percentile } from '../figure.ts';
import type { Series } from '../plot.ts';

export type Context = {
  readonly stage: Stage;
  readonly runs: number;
  readonly minutes: number;
  readonly say: (line: string) => void;
  /** For the plot. */
  readonly series: Series[];
};

export type Part = (context: Context) => Promise<Figure[]>;

export const AT_MOST = (value: number) => ({ relation: '<=' as const, value });

type Aims = { readonly p50?: number; readonly p99?: number };

export function timeFigures(name: string, samples: readonly number[], { p50, p99 }: Aims = {}): Figure[] {
  const figure = (what: string, share: number, most: number | undefined): Figure => ({
    name: `${name}, ${what}`,
    value: percentile(samples, share),
    unit: 'ms',
    ...(most === undefined ? {} : { aim: AT_MOST(most) }),
  });
  return [figure('p50', 0.5, p50), figure('p99', 0.99, p99)];
}

/** What happened to connections over many take-overs. */
export function connectionFigures(name: string, seen: readonly TakeOver[], inFlightMost?: number): Figure[] {
  const sum = (pick: (one: TakeOver) => number) => seen.reduce((total, one) => total + pick(one), 0);
  const of = `of ${sum(({ attempts }) => attempts)} in ${seen.length} runs`;
  const aim = inFlightMost === undefined ? {} : { aim: AT_MOST(inFlightMost) };
  const failedAfter = sum((one) => one.failedAfter);
  const last = Math.max(...seen.map(({ lastFailureMs }) => lastFailureMs));
  return [
    { name: `${name}, failed after the frame`, value: failedAfter, unit: of, aim: AT_MOST(0) },
    ...(failedAfter > 0 ? [{ name: `${name}, the last of these after it`, value: last, unit: 'ms' }] : []),
    { name: `${name}, failed in flight`, value: sum((one) => one.failedInFlight), unit: of, ...aim },
  ];
}

export async function repeat<T>({ runs, say }: Context, name: string, act: () => Promise<T>): Promise<T[]> {
  const seen: T[] = [];
  for (let i = 1; i <= runs; i++) {
    seen.push(await act());
    say(`${name}: ${i} of ${runs}`);
  }
  return seen;
}
