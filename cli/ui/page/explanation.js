// What `explain` says of one Service, in a dialog over the page.
import { html } from 'lit-html';
import { findingList } from './sections.js';
import { table } from './table.js';

/**
 * @import { AddressRow } from '../../print-explain.ts'
 * @import { Explained } from '../explained.ts'
 * @import { Column } from './table.js'
 */

/**
 * `answer` is absent while it is awaited.
 * @typedef {{ readonly service: string, readonly answer?: Explained }} Question
 */

/** @type {readonly Column<AddressRow>[]} */
const COLUMNS = [
  { title: 'Address', cell: ({ address }) => html`<code>${address}</code>` },
  { title: 'Announced by', cell: ({ announcedBy }) => announcedBy || '–' },
  { title: 'Since', cell: ({ since }) => since || '–' },
  { title: 'By rank', cell: ({ byRank }) => byRank || '–' },
  { title: 'Next', cell: ({ next }) => next || '–' },
];

/**
 * One element for good, shown by `showModal`: the browser keeps the focus inside, and gives it back.
 * @param {Question | undefined} question
 * @param {() => void} onClose
 */
export function explanationDialog(question, onClose) {
  return html`<dialog aria-labelledby="explained" closedby="any" @close=${onClose}>
    ${question === undefined ? '' : content(question)}
  </dialog>`;
}

/** @param {Question} question */
function content({ service, answer }) {
  return html`<div class="head">
      <h2 id="explained">Service ${service}</h2>
      <button type="button" @click=${close}>Close</button>
    </div>
    <div aria-live="polite" aria-busy=${answer === undefined}>${answer === undefined ? 'Asking' : text(answer)}</div>`;
}

/** @param {Explained} answer */
function text(answer) {
  if ('failure' in answer) return html`<p class="wrong">${answer.failure}</p>`;
  const { addresses, lastAnnouncement, findings } = answer;
  return html`${addresses.length === 0 ? '' : table('Addresses', COLUMNS, addresses)}
    ${lastAnnouncement === '' ? '' : html`<p class="quiet">${lastAnnouncement}</p>`} ${findingList(findings)}`;
}

/** @param {Event} event */
function close({ target }) {
  /** @type {Element} */ (target).closest('dialog')?.close();
}
