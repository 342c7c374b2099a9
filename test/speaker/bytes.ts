// Bytes for tests, written as hex with one protocol field a line.

/** Joins hex fields; blanks within a field are for the reader. */
export function bytes(...fields: string[]): Uint8Array {
  return Uint8Array.from(Buffer.from(fields.join('').replaceAll(' ', ''), 'hex'));
}

export function hex(data: Uint8Array): string {
  return Buffer.from(data).toString('hex');
}
