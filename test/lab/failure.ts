// A failure the user can act on: printed as one sentence, exit code 1. Anything else that is thrown is a bug.

export class LabFailure extends Error {
  override name = 'LabFailure';
}

export function quoteAll(values: readonly string[]): string {
  return values.map((value) => `"${value}"`).join(', ');
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
