// Whether a command printed what its document shows, apart from what differs from run to run. Pure.

/** What differs, by name; both sides are compared with the name in its place. */
const DIFFERENCES: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['time', /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g],
  ['age', /(?<=\s)\d+(d|h|m|s|ms)(\d+[hms])?(?=\s|$)/gm],
  ['cluster-ip', /\b10\.96\.\d+\.\d+\b|\bfd00:96::[0-9a-f:]+/g],
  ['node-port', /(?<=:)3[0-2]\d{3}(?=\/)/g],
  ['pod', /(?<=\b(webhook|controller)-)[a-z0-9]{6,10}-[a-z0-9]{5}\b|(?<=\bspeaker-)[a-z0-9]{5}\b/g],
];

const ANYTHING = '…';

export function isAsShown(shown: string, seen: string): boolean {
  const wanted = nameDifferences(shown).split('\n');
  const pattern = wanted.map((line) => (line === ANYTHING ? '(?:.*\n)*?' : `${linePattern(line)}\n`)).join('');
  return new RegExp(`^${pattern}$`).test(`${nameDifferences(seen)}\n`);
}

/** Columns are as wide as what is in them, so that runs of spaces count as one. */
export function nameDifferences(text: string): string {
  const named = DIFFERENCES.reduce((before, [name, pattern]) => before.replace(pattern, `<${name}>`), text);
  return named
    .split('\n')
    .map((line) => line.replace(/ +/g, ' ').trimEnd())
    .join('\n')
    .trim();
}

function linePattern(line: string): string {
  return line
    .split(ANYTHING)
    .map((text) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'))
    .join('.*');
}
