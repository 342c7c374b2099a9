// What the command line says about validated files.
import type { Unreadable } from './documents.ts';
import type { Report } from './validate.ts';

/** A block for each object that there is something to say about, then one line in sum. */
export function formatReports(reports: readonly Report[], unreadable: readonly Unreadable[]): string {
  const blocks = reports.filter(({ denied, warned }) => denied.length + warned.length > 0).map(formatReport);
  const broken = unreadable.map(({ place, message }) => `${place}:\n  denied: ${message}`);
  return `${[...broken, ...blocks, formatSum(reports, unreadable)].join('\n')}\n`;
}

export function isRefused(reports: readonly Report[], unreadable: readonly Unreadable[]): boolean {
  return unreadable.length > 0 || reports.some(({ denied }) => denied.length > 0);
}

function formatReport({ manifest, denied, warned }: Report): string {
  const { place, kind, namespace, name } = manifest;
  const lines = [...denied.map((line) => `  denied: ${line}`), ...warned.map((line) => `  warning: ${line}`)];
  return [`${place}, ${kind} ${namespace}/${name}:`, ...lines].join('\n');
}

function formatSum(reports: readonly Report[], unreadable: readonly Unreadable[]): string {
  const denied = reports.filter((report) => report.denied.length > 0).length + unreadable.length;
  const warnings = reports.reduce((sum, { warned }) => sum + warned.length, 0);
  return `${count(reports.length, 'object')} checked, ${denied} denied, ${count(warnings, 'warning')}`;
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}
