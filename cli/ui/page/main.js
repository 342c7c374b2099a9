// Draws what the command sends, again at every change. EventSource comes back by itself after an interruption.
import { html, render } from 'lit-html';
import { explanationDialog } from './explanation.js';
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

/**
 * @import { View } from '../view.ts'
 * @import { Question } from './explanation.js'
 */

/** @type {View | undefined} */
let view;
let isConnected = false;
let filter = '';
/** @type {Question | undefined} */
let question;
let isAsking = false;

const stream = new EventSource('events');
stream.onmessage = ({ data }) => {
  view = { ...view, ...JSON.parse(data) };
  draw();
  void ask();
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

/** @param {string} service */
function onExplain(service) {
  question = { service };
  draw();
  document.querySelector('dialog')?.showModal();
  void ask();
}

/** The rows may have moved meanwhile: the focus goes to the Service, not to the place where it was. */
function onClose() {
  const service = question?.service;
  question = undefined;
  draw();
  const buttons = Array.from(document.querySelectorAll('button'));
  buttons.find((button) => button.textContent === service)?.focus();
}

/** Anew at every change while the dialog is open, one question at a time. */
async function ask() {
  if (question === undefined || isAsking) return;
  const { service } = question;
  const seen = view;
  isAsking = true;
  const answer = await fetch(`explain/${service}`)
    .then((response) => response.json())
    .catch(() => ({ failure: 'The command does not answer: does it still run?' }));
  isAsking = false;
  if (question?.service === service) question = { service, answer };
  draw();
  if (view !== seen || question?.service !== service) void ask();
}

function draw() {
  const connection = isConnected ? 'live' : 'not connected: does the command still run?';
  const [newest] = view?.timeline ?? [];
  const page = html`<header>
      <h1>Arpeggio <small>${view?.context ?? ''}</small></h1>
      <p role="status" class=${isConnected ? 'connection live' : 'connection'}>${connection}</p>
    </header>
    <p role="status" class="for-screen-readers">${newest ? entryText(newest) : ''}</p>
    <main>${view ? sections(view) : html`<p>Reading the cluster</p>`}</main>
    ${explanationDialog(question, onClose)}`;
  render(page, document.body);
}

/** @param {View} seen */
function sections(seen) {
  return html`${summary(seen)} ${findingsSection(seen.findings)} ${timelineSection(seen.timeline)}
    ${servicesSection(seen.services, { text: filter, onInput, onExplain })} ${poolsSection(seen.pools)}
    ${nodesSection(seen.nodes)} ${programsSection(seen.programs)}`;
}
