// What `drain` prints for people.
import type { Remaining } from './remaining.ts';
import { formatTable } from './table.ts';

export type Drained = {
  readonly node: string;
  readonly isSilent: boolean;
  readonly remaining: readonly Remaining[];
  /** What could not be asked, a sentence each. */
  readonly unverified: readonly string[];
};

export function formatDrained({ node, isSilent, remaining, unverified }: Drained): string {
  if (isSilent) return `${node} drains and announces nothing\n`;
  const parts = [formatRemaining(node, remaining), formatUnverified(node, unverified)].filter((text) => text !== '');
  return parts.join('\n') || `${node} drains and still announces addresses that no Service holds\n`;
}

function formatRemaining(node: string, remaining: readonly Remaining[]): string {
  if (remaining.length === 0) return '';
  const rows = remaining.map(({ address, service, why }) => [address, service, why]);
  return `${node} drains and still announces:\n\n${formatTable(['ADDRESS', 'SERVICE', 'WHY'], rows)}`;
}

function formatUnverified(node: string, unverified: readonly string[]): string {
  if (unverified.length === 0) return '';
  return `Cannot verify what ${node} announces:\n\n${unverified.map((line) => `${line}\n`).join('')}`;
}
