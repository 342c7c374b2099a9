// Which Services are not served, in a line for all of a kind: `explain` says why of each. Pure.

import { nameSome } from '#core/rules/pool-rules.ts';
import type { Finding } from './finding.ts';
import type { Snapshot } from './snapshot.ts';
import type { ServiceRow } from './status.ts';

export function serviceFindings(rows: readonly ServiceRow[], { unread }: Snapshot): Finding[] {
  const waiting = rows.filter(({ address }) => address === '');
  const silent = rows.filter(({ address, owners }) => address !== '' && owners.length === 0);
  return [
    ...finding('NoAddress', waiting, 'no address'),
    ...(unread.has('statuses') ? [] : finding('notAnnounced', silent, 'an address that nobody announces')),
  ];
}

function finding(reason: string, rows: readonly ServiceRow[], what: string): Finding[] {
  const [first, ...others] = new Set(rows.map(({ service }) => service));
  if (first === undefined) return [];
  const has = others.length === 0 ? 'has' : 'have';
  const why = `"kubectl arpeggio explain ${first}" says why`;
  return [{ level: 'warning', reason, message: `${nameSome([first, ...others])} ${has} ${what}: ${why}` }];
}
