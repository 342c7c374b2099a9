// What a speaker alone knows and tells in its metrics: the addresses it announces, and why it does not announce the others. Pure.

export type Told = {
  readonly announced: ReadonlySet<string>;
  /** How many addresses it leaves alone, by reason. */
  readonly reasons: ReadonlyMap<string, number>;
};

/** The metric's head stands there also while nothing is announced. */
export function isOfSpeaker(metrics: string): boolean {
  return /^# TYPE metallb_speaker_announced gauge$/m.test(metrics);
}

export function parseTold(metrics: string): Told {
  const announced = metrics.matchAll(/^metallb_speaker_announced\{[^}]*\bip="([^"]+)"[^}]*\} 1$/gm);
  const reasons = metrics.matchAll(/^arpeggio_addresses\{reason="([^"]+)"\} (\d+)$/gm);
  return {
    announced: new Set(Array.from(announced, ([, ip = '']) => ip)),
    reasons: new Map(Array.from(reasons, ([, reason = '', count]) => [reason, Number(count)])),
  };
}
