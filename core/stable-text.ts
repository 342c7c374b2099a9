// JSON with the keys of every mapping in order: equal texts mean equal values, however they were written.

export function stableText(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => (isMapping(part) ? ordered(part) : part));
}

function isMapping(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function ordered(mapping: object): object {
  return Object.fromEntries(Object.entries(mapping).sort(([a], [b]) => Number(a > b) - Number(a < b)));
}
