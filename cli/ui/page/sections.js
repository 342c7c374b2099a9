// The sections of the page as templates of what is to be seen. Pure.
import { html, svg } from 'lit-html';
import { chooseServices } from './choice.js';
import { table } from './table.js';

/**
 * @import { TemplateResult } from 'lit-html'
 * @import { Finding } from '../../finding.ts'
 * @import { ProgramRow } from '../../status.ts'
 * @import { Entry } from '../timeline.ts'
 * @import { Announced, NodeView, PoolView, ServiceView, View } from '../view.ts'
 * @import { Column } from './table.js'
 */

/** @param {View} view */
export function summary({ services, nodes }) {
  /** @param {readonly ServiceView[]} rows */
  const names = (rows) => new Set(rows.map(({ service }) => service)).size;
  const waiting = names(services.filter(({ address }) => address === ''));
  const silent = names(services.filter(({ address, owners }) => address !== '' && owners.length === 0));
  const ready = nodes.filter(({ speaker }) => speaker === 'ready').length;
  return html`<dl class="summary">
    ${figure('Services', names(services), false)} ${figure('without an address', waiting, waiting > 0)}
    ${figure('announced by nobody', silent, silent > 0)}
    ${figure('nodes with a ready speaker', `${ready} of ${nodes.length}`, ready < nodes.length)}
  </dl>`;
}

/**
 * @param {string} what
 * @param {number | string} value
 * @param {boolean} isWrong
 */
function figure(what, value, isWrong) {
  return html`<div class=${isWrong ? 'figure wrong' : 'figure'}><dt>${what}</dt><dd>${value}</dd></div>`;
}

/** @param {readonly Finding[]} findings */
export function findingsSection(findings) {
  if (findings.length === 0)
    return section('Problems', html`<p class="fine">Nothing is wrong with programs and configuration</p>`);
  return section('Problems', findingList(findings));
}

/** @param {readonly Finding[]} findings */
export function findingList(findings) {
  const items = findings.map(
    ({ level, reason, message }) =>
      html`<li class=${level}><strong>${level}: ${reason}</strong> <span>${message}</span></li>`,
  );
  return html`<ul class="findings">${items}</ul>`;
}

/** @param {readonly Entry[]} timeline */
export function timelineSection(timeline) {
  const empty = html`<p class="quiet">Nothing has changed since this page was served</p>`;
  const list = html`<div class="scrolled" role="group" aria-label="Newest first" tabindex="0">
    <ol class="timeline" role="list">${timeline.map(entryItem)}</ol>
  </div>`;
  return section('What happened', timeline.length === 0 ? empty : list);
}

/**
 * For screen readers, who hear the newest only.
 * @param {Entry} entry
 */
export function entryText({ service, reason, message, isWarning }) {
  return `${isWarning ? 'warning: ' : ''}${service}: ${reason}: ${message}`;
}

/** @param {Entry} entry */
function entryItem({ at, service, reason, message, isWarning }) {
  return html`<li class=${isWarning ? 'warning' : ''}>
    <time datetime=${at}>${new Date(at).toLocaleTimeString()}</time>
    <strong>${service}</strong>
    <span class="reason">${isWarning ? 'warning: ' : ''}${reason}</span>
    <span class="message">${message}</span>
  </li>`;
}

/** @type {readonly Column<PoolView>[]} */
const POOL_COLUMNS = [
  { title: 'Pool', cell: ({ pool }) => pool },
  { title: 'Used', cell: fill },
  { title: 'Free', cell: ({ free }) => free, isNumber: true },
  { title: 'Addresses', cell: ({ ranges }) => words(ranges) },
  { title: 'Advertised by', cell: ({ advertisements }) => orNobody(advertisements, 'nothing') },
  { title: 'From', cell: ({ from }) => from },
];

/** @param {readonly PoolView[]} pools */
export function poolsSection(pools) {
  return section('Pools', pools.length === 0 ? html`<p>There is no pool</p>` : table('Pools', POOL_COLUMNS, pools));
}

/** @param {PoolView} pool */
function fill({ used, percent }) {
  const bar = svg`<rect class="track" width="100%" height="100%" rx="4"/><rect class="used" width="${percent}%" height="100%" rx="4"/>`;
  return html`<span class="fill"><svg aria-hidden="true" class=${percent >= 90 ? 'full' : ''}>${bar}</svg> ${used} (${percent} %)</span>`;
}

/** @type {readonly Column<NodeView>[]} */
const NODE_COLUMNS = [
  { title: 'Node', cell: ({ node }) => node },
  { title: 'Speaker', cell: ({ speaker }) => mark(speaker, speaker === 'ready') },
  { title: 'State', cell: ({ state }) => (state.length === 0 ? '–' : mark(state.join(', '), false)) },
  { title: 'Addresses', cell: ({ addresses }) => addresses, isNumber: true },
  { title: 'Announces', cell: ({ announces }) => announcedList(announces) },
];

/** @param {readonly NodeView[]} nodes */
export function nodesSection(nodes) {
  return section('Nodes', table('Nodes', NODE_COLUMNS, nodes));
}

/** Addresses of one node that are listed. */
const ANNOUNCED_MOST = 20;

/** @param {readonly Announced[]} announces */
function announcedList(announces) {
  if (announces.length === 0) return '–';
  const items = announces
    .slice(0, ANNOUNCED_MOST)
    .map(({ address, services }) => html`<li><code>${address}</code> ${services.join(', ')}</li>`);
  const rest = announces.length - items.length;
  return html`<ul class="announces" role="list">${items}${rest > 0 ? html`<li>and ${rest} more</li>` : ''}</ul>`;
}

/**
 * @param {(service: string) => void} onExplain
 * @returns {readonly Column<ServiceView>[]}
 */
const serviceColumns = (onExplain) => [
  { title: 'Service', cell: ({ service }) => explainButton(service, onExplain) },
  { title: 'Address', cell: ({ address }) => (address === '' ? mark('none', false) : html`<code>${address}</code>`) },
  { title: 'Owner', cell: ({ owners, address }) => (address === '' ? '–' : orNobody(owners, 'nobody')) },
  { title: 'Pool', cell: ({ pool }) => pool || '–' },
  { title: 'Reason', cell: ({ reason, message }) => html`<span><strong>${reason}</strong> ${message}</span>` },
];

/**
 * @param {string} service
 * @param {(service: string) => void} onExplain
 */
function explainButton(service, onExplain) {
  const onClick = () => onExplain(service);
  return html`<button type="button" class="name" aria-haspopup="dialog" title="Explain" @click=${onClick}>${service}</button>`;
}

/**
 * @typedef {object} Use
 * @property {string} text of the filter
 * @property {(event: InputEvent) => void} onInput
 * @property {(service: string) => void} onExplain
 */

/**
 * @param {readonly ServiceView[]} services
 * @param {Use} use
 */
export function servicesSection(services, { text, onInput, onExplain }) {
  const { shown, matching } = chooseServices(services, text);
  const rest = matching > shown.length ? html`<p>${shown.length} of ${matching} are shown: narrow the filter</p>` : '';
  const none = html`<p class="quiet">${services.length === 0 ? 'There is no Service' : 'No Service matches'}</p>`;
  return section(
    'Services',
    html`<label class="filter">Filter <input type="search" autocomplete="off" .value=${text} @input=${onInput}></label>
      <p class="quiet">Press the name of a Service to have it explained</p>
      ${shown.length === 0 ? none : table('Services', serviceColumns(onExplain), shown)} ${rest}`,
  );
}

/** @type {readonly Column<ProgramRow>[]} */
const PROGRAM_COLUMNS = [
  { title: 'Program', cell: ({ program }) => program },
  { title: 'Ready', cell: ({ ready, pods }) => mark(`${ready} of ${pods}`, ready === pods && pods > 0) },
  { title: 'Restarts', cell: ({ restarts }) => restarts, isNumber: true },
];

/** @param {readonly ProgramRow[]} programs */
export function programsSection(programs) {
  return programs.length === 0 ? '' : section('Programs', table('Programs', PROGRAM_COLUMNS, programs));
}

/**
 * @param {string} title
 * @param {TemplateResult} content
 */
function section(title, content) {
  const id = title.toLowerCase().replaceAll(' ', '-');
  return html`<section class=${id} aria-labelledby=${id}><h2 id=${id}>${title}</h2>${content}</section>`;
}

/**
 * @param {string} text
 * @param {boolean} isFine
 */
function mark(text, isFine) {
  return html`<span class=${isFine ? 'fine' : 'wrong'}>${text}</span>`;
}

/** @param {readonly string[]} texts */
function words(texts) {
  return html`<code>${texts.join(', ')}</code>`;
}

/**
 * @param {readonly string[]} names
 * @param {string} nobody
 */
function orNobody(names, nobody) {
  return names.length === 0 ? mark(nobody, false) : names.join(', ');
}
