// Which Services a filter shows. Pure.
import type { ServiceView } from '../view.ts';

/** A longer table helps nobody and takes a browser long. */
export const ROWS_MOST = 200;

export type Choice = { readonly shown: readonly ServiceView[]; readonly matching: number };

/** Every word of the filter stands somewhere in the row. */
export function chooseServices(services: readonly ServiceView[], filter: string): Choice {
  const words = filter.toLowerCase().split(/\s+/);
  const matching = services.filter((row) => {
    const text = `${row.service} ${row.address} ${row.pool} ${row.owners.join(' ')} ${row.reason}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  return { shown: matching.slice(0, ROWS_MOST), matching: matching.length };
}
