// Durations as kubectl takes them: `30s`, `2m`, `1h`, `500ms`, `1m30s`, or 0.
import { failure, type Result, success } from '#core/result.ts';

const UNITS: { readonly [unit: string]: number } = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** In milliseconds. */
export function parseDuration(text: string): Result<number> {
  if (text === '0') return success(0);
  const parts = [...text.matchAll(/(\d+)(ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text)
    return failure(`"${text}" is not a duration, wanted for example "30s" or "2m"`);
  return success(parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (UNITS[unit] ?? 0), 0));
}
