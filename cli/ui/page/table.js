// A table that stays one for screen readers when a narrow screen shows its rows as cards: hence the roles.
import { html } from 'lit-html';

/**
 * @template R
 * @typedef {{ readonly title: string, readonly cell: (row: R) => unknown, readonly isNumber?: true }} Column
 */

/**
 * The first column names the row.
 * @template R
 * @param {string} label
 * @param {readonly Column<R>[]} columns
 * @param {readonly R[]} rows
 */
export function table(label, columns, rows) {
  return html`<table role="table" aria-label=${label}>
    <thead role="rowgroup">
      <tr role="row">
        ${columns.map((column) => html`<th role="columnheader" scope="col" class=${kind(column)}>${column.title}</th>`)}
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${rows.map((row) => html`<tr role="row">${columns.map((column, i) => cell(column, row, i === 0))}</tr>`)}
    </tbody>
  </table>`;
}

/**
 * @template R
 * @param {Column<R>} column
 * @param {R} row
 * @param {boolean} isFirst
 */
function cell(column, row, isFirst) {
  const content = column.cell(row);
  if (isFirst) return html`<th role="rowheader" scope="row">${content}</th>`;
  return html`<td role="cell" class=${kind(column)} data-title=${column.title}>${content}</td>`;
}

/** @param {{ readonly isNumber?: true }} column */
function kind({ isNumber }) {
  return isNumber ? 'number' : '';
}
