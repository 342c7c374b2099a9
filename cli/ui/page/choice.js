// Which Services a filter shows. Pure.
/** @import { ServiceView } from '../view.ts' */

/** A longer table helps nobody and takes a browser long. */
export const ROWS_MOST = 200;

/**
 * Every word of the filter stands somewhere in the row.
 * @param {readonly ServiceView[]} services
 * @param {string} filter
 */
export function chooseServices(services, filter) {
  const words = filter.toLowerCase().split(/\s+/);
  const matching = services.filter((row) => {
    const text = `${row.service} ${row.address} ${row.pool} ${row.owners.join(' ')} ${row.reason}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  return { shown: matching.slice(0, ROWS_MOST), matching: matching.length };
}
