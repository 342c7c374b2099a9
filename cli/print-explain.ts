// What `explain` prints for people: the addresses and their owners, then every finding on a line, the cause first.
import type { Announcing } from './announcement-findings.ts';
import type { Explanation } from './explain.ts';
import { formatFindings } from './print-status.ts';
import { formatTable } from './table.ts';

export function formatExplanation({ service, addresses, lastAnnounced, findings }: Explanation): string {
  const rows = addresses.flatMap(addressRows);
  return [
    `Service ${service}\n\n`,
    rows.length > 0 ? `${formatTable(['ADDRESS', 'ANNOUNCED BY', 'SINCE', 'BY RANK', 'NEXT'], rows)}\n` : '',
    lastAnnounced ? `Last announcement: ${lastAnnounced.message}, ${lastAnnounced.at}\n\n` : '',
    formatFindings(findings),
  ].join('');
}

function addressRows({ address, owner = '', heir = '', announcers }: Announcing): string[][] {
  if (announcers.length === 0) return [[address, '', '', owner, heir]];
  return announcers.map(({ node, since = '', interfaces }) => {
    const on = interfaces.length > 0 ? ` (${interfaces.join(', ')})` : '';
    return [address, node + on, since, owner, heir];
  });
}
