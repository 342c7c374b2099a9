// Prints the logs of one program, whole, a head line before each when there are several.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LabFailure, quoteAll } from './failure.ts';
import { findPlace } from './place.ts';
import { filesOf, type LabRecord } from './state.ts';

/** Log files are named PROGRAM.PLACE[.POD].log. */
export function printLogs(record: LabRecord, program: string, node: string | undefined): void {
  const place = node === undefined ? undefined : findPlace(node, record).name;
  const { logs } = filesOf(record.name);
  const all = existsSync(logs) ? readdirSync(logs).sort() : [];
  const ofProgram = all.filter((file) => file.startsWith(`${program}.`));
  const chosen = ofProgram.filter((file) => place === undefined || file.startsWith(`${program}.${place}.`));
  if (chosen.length === 0) {
    const known = [...new Set(all.map((file) => file.split('.')[0] ?? ''))];
    const where = place && ofProgram.length > 0 ? ` on "${place}"` : '';
    throw new LabFailure(`Cannot print logs: nothing of "${program}"${where} ran, wanted one of ${quoteAll(known)}`);
  }
  for (const file of chosen) {
    if (chosen.length > 1) console.log(`==> ${file} <==`);
    process.stdout.write(readFileSync(join(logs, file)));
  }
}

/** The end of each log of a program. */
export function lastLinesOf(logs: string, program: string): string {
  const files = readdirSync(logs).filter((file) => file.startsWith(`${program}.`));
  if (files.length === 0) return '  (it never ran)';
  return files
    .flatMap((file) => readFileSync(join(logs, file), 'utf8').trimEnd().split('\n').slice(-3))
    .map((line) => `  ${line.slice(0, 400)}`)
    .join('\n');
}
