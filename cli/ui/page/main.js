// Draws what the command sends, again at every change. EventSource comes back by itself after an interruption.
import { html, render } from 'lit-html';
import {
  entryText,
  findingsSection,
  nodesSection,
  poolsSection,
  programsSection,
  servicesSection,
  summary,
  timelineSection,
} from './sections.js';

/** @import { View } from '../view.ts' */

/** @type {View | undefined} */
let view;
let isConnected = false;
let filter = '';

const stream = new EventSource('events');
stream.onmessage = ({ data }) => {
  view = { ...view, ...JSON.parse(data) };
  draw();
};
stream.onopen = () => setConnected(true);
stream.onerror = () => setConnected(false);
draw();

/** @param {boolean} is */
function setConnected(is) {
  isConnected = is;
  draw();
}

/** @param {InputEvent} event */
function onInput({ target }) {
  filter = /** @type {HTMLInputElement} */ (target).value;
  draw();
}

function draw() {
  const connection = isConnected ? 'live' : 'not connected: does the command still run?';
  const [newest] = view?.timeline ?? [];
  const page = html`<header>
      <h1>Arpeggio <small>${view?.context ?? ''}</small></h1>
      <p role="status" class=${isConnected ? 'connection live' : 'connection'}>${connection}</p>
    </header>
    <p role="status" class="for-screen-readers">${newest ? entryText(newest) : ''}</p>
    <main>${view ? sections(view) : html`<p>Reading the cluster</p>`}</main>`;
  render(page, document.body);
}

/** @param {View} seen */
function sections(seen) {
  return html`${summary(seen)} ${findingsSection(seen.findings)} ${timelineSection(seen.timeline)}
    ${servicesSection(seen.services, { text: filter, onInput })} ${poolsSection(seen.pools)}
    ${nodesSection(seen.nodes)} ${programsSection(seen.programs)}`;
}
