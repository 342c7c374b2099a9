// A table that stays one for screen readers when a narrow screen shows its rows as cards: hence the roles.
import { html, type TemplateResult } from 'lit-html';

export type Column<R> = {
  readonly title: string;
  readonly cell: (row: R) => unknown;
  readonly isNumber?: true;
};

/** The first column names the row. */
export function table<R>(label: string, columns: readonly Column<R>[], rows: readonly R[]): TemplateResult {
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

function cell<R>(column: Column<R>, row: R, isFirst: boolean): TemplateResult {
  const content = column.cell(row);
  if (isFirst) return html`<th role="rowheader" scope="row">${content}</th>`;
  return html`<td role="cell" class=${kind(column)} data-title=${column.title}>${content}</td>`;
}

function kind<R>({ isNumber }: Column<R>): string {
  return isNumber ? 'number' : '';
}
