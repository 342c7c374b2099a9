// What `drain` prints for people.
import type { Remaining } from './remaining.ts';
import { formatTable } from './table.ts';

export type Drained = { readonly node: string; readonly isSilent: boolean; readonly remaining: readonly Remaining[] };

export function formatDrained({ node, isSilent, remaining }: Drained): string {
  if (isSilent) return `${node} drains and announces nothing\n`;
  const rows = remaining.map(({ address, service, why }) => [address, service, why]);
  return `${node} drains and still announces:\n\n${formatTable(['ADDRESS', 'SERVICE', 'WHY'], rows)}`;
}
