// Counts packets by the second.

/** Packets in this second, and the most in any. */
export type Pace = { second: number; count: number; most: number; total: number };

export function createPace(): Pace {
  return { second: 0, count: 0, most: 0, total: 0 };
}

export function count(pace: Pace, now: number): void {
  const second = Math.floor(now / 1_000);
  pace.count = second === pace.second ? pace.count + 1 : 1;
  pace.second = second;
  pace.total++;
  if (pace.count > pace.most) pace.most = pace.count;
}
