// What `explain` says to people, printed here and drawn by the page: the addresses and their owners, then every finding, the cause first.
import type { Announcing } from './announcement-findings.ts';
import type { Explanation } from './explain.ts';
import type { Finding } from './finding.ts';
import { formatFindings } from './print-status.ts';
import { formatTable } from './table.ts';

/** What is not known is empty. */
export type AddressRow = {
  readonly address: string;
  readonly announcedBy: string;
  readonly since: string;
  readonly byRank: string;
  readonly next: string;
};

export type ExplanationView = {
  readonly service: string;
  readonly addresses: readonly AddressRow[];
  readonly lastAnnouncement: string;
  readonly findings: readonly Finding[];
};

export function viewExplanation({ service, addresses, lastAnnounced, findings }: Explanation): ExplanationView {
  return {
    service,
    addresses: addresses.flatMap(addressRows),
    lastAnnouncement: lastAnnounced ? `Last announcement: ${lastAnnounced.message}, ${lastAnnounced.at}` : '',
    findings,
  };
}

export function formatExplanation(explanation: Explanation): string {
  const { service, addresses, lastAnnouncement, findings } = viewExplanation(explanation);
  const rows = addresses.map(({ address, announcedBy, since, byRank, next }) => {
    return [address, announcedBy, since, byRank, next];
  });
  return [
    `Service ${service}\n\n`,
    rows.length > 0 ? `${formatTable(['ADDRESS', 'ANNOUNCED BY', 'SINCE', 'BY RANK', 'NEXT'], rows)}\n` : '',
    lastAnnouncement && `${lastAnnouncement}\n\n`,
    formatFindings(findings),
  ].join('');
}

function addressRows({ address, owner = '', heir = '', announcers }: Announcing): AddressRow[] {
  const planned = { address, byRank: owner, next: heir };
  if (announcers.length === 0) return [{ ...planned, announcedBy: '', since: '' }];
  return announcers.map(({ node, since = '', interfaces }) => {
    const on = interfaces.length > 0 ? ` (${interfaces.join(', ')})` : '';
    return { ...planned, announcedBy: node + on, since };
  });
}
