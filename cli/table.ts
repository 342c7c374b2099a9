// Tables as kubectl prints them: columns, no lines. Names and addresses are ASCII, so a character is a column; a library that
// counts wide ones took five seconds for ten thousand rows.

const GAP = '   ';

/** Ends with a newline; an empty cell is a dash. */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows.map((row) => row.map((cell) => cell || '-'))];
  const widths = head.map((_, i) => lines.reduce((most, line) => Math.max(most, line[i]?.length ?? 0), 0));
  const texts = lines.map((line) =>
    line
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join(GAP)
      .trimEnd(),
  );
  return `${texts.join('\n')}\n`;
}
