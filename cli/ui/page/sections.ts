// The sections of the page as templates of what is to be seen. Pure.
import { html, svg, type TemplateResult } from 'lit-html';
import type { Finding } from '../../finding.ts';
import type { ProgramRow } from '../../status.ts';
import type { Entry } from '../timeline.ts';
import type { Announced, NodeView, PoolView, ServiceView, View } from '../view.ts';
import { chooseServices } from './choice.ts';
import { type Column, table } from './table.ts';

export function summary({ services, nodes }: View): TemplateResult {
  const names = (rows: readonly ServiceView[]) => new Set(rows.map(({ service }) => service)).size;
  const waiting = names(services.filter(({ address }) => address === ''));
  const silent = names(services.filter(({ address, owners }) => address !== '' && owners.length === 0));
  const ready = nodes.filter(({ speaker }) => speaker === 'ready').length;
  return html`<dl class="summary">
    ${figure('Services', names(services), false)} ${figure('without an address', waiting, waiting > 0)}
    ${figure('announced by nobody', silent, silent > 0)}
    ${figure('nodes with a ready speaker', `${ready} of ${nodes.length}`, ready < nodes.length)}
  </dl>`;
}

function figure(what: string, value: number | string, isWrong: boolean): TemplateResult {
  return html`<div class=${isWrong ? 'figure wrong' : 'figure'}><dt>${what}</dt><dd>${value}</dd></div>`;
}

export function findingsSection(findings: readonly Finding[]): TemplateResult {
  if (findings.length === 0)
    return section('Problems', html`<p class="fine">Nothing is wrong with programs and configuration</p>`);
  const items = findings.map(
    ({ level, reason, message }) =>
      html`<li class=${level}><strong>${level}: ${reason}</strong> <span>${message}</span></li>`,
  );
  return section('Problems', html`<ul class="findings">${items}</ul>`);
}

export function timelineSection(timeline: readonly Entry[]): TemplateResult {
  const empty = html`<p class="quiet">Nothing has changed since this page was served</p>`;
  const list = html`<div class="scrolled" role="group" aria-label="Newest first" tabindex="0">
    <ol class="timeline" role="list">${timeline.map(entryItem)}</ol>
  </div>`;
  return section('What happened', timeline.length === 0 ? empty : list);
}

/** For screen readers, who hear the newest only. */
export function entryText({ service, reason, message, isWarning }: Entry): string {
  return `${isWarning ? 'warning: ' : ''}${service}: ${reason}: ${message}`;
}

function entryItem({ at, service, reason, message, isWarning }: Entry): TemplateResult {
  return html`<li class=${isWarning ? 'warning' : ''}>
    <time datetime=${at}>${new Date(at).toLocaleTimeString()}</time>
    <strong>${service}</strong>
    <span class="reason">${isWarning ? 'warning: ' : ''}${reason}</span>
    <span class="message">${message}</span>
  </li>`;
}

const POOL_COLUMNS: readonly Column<PoolView>[] = [
  { title: 'Pool', cell: ({ pool }) => pool },
  { title: 'Used', cell: fill },
  { title: 'Free', cell: ({ free }) => free, isNumber: true },
  { title: 'Addresses', cell: ({ ranges }) => words(ranges) },
  { title: 'Advertised by', cell: ({ advertisements }) => orNobody(advertisements, 'nothing') },
  { title: 'From', cell: ({ from }) => from },
];

export function poolsSection(pools: readonly PoolView[]): TemplateResult {
  return section('Pools', pools.length === 0 ? html`<p>There is no pool</p>` : table('Pools', POOL_COLUMNS, pools));
}

function fill({ used, percent }: PoolView): TemplateResult {
  const bar = svg`<rect class="track" width="100%" height="100%" rx="4"/><rect class="used" width="${percent}%" height="100%" rx="4"/>`;
  return html`<span class="fill"><svg aria-hidden="true" class=${percent >= 90 ? 'full' : ''}>${bar}</svg> ${used} (${percent} %)</span>`;
}

const NODE_COLUMNS: readonly Column<NodeView>[] = [
  { title: 'Node', cell: ({ node }) => node },
  { title: 'Speaker', cell: ({ speaker }) => mark(speaker, speaker === 'ready') },
  { title: 'State', cell: ({ state }) => (state.length === 0 ? '–' : mark(state.join(', '), false)) },
  { title: 'Addresses', cell: ({ addresses }) => addresses, isNumber: true },
  { title: 'Announces', cell: ({ announces }) => announcedList(announces) },
];

export function nodesSection(nodes: readonly NodeView[]): TemplateResult {
  return section('Nodes', table('Nodes', NODE_COLUMNS, nodes));
}

/** Addresses of one node that are listed. */
const ANNOUNCED_MOST = 20;

function announcedList(announces: readonly Announced[]): TemplateResult | string {
  if (announces.length === 0) return '–';
  const items = announces
    .slice(0, ANNOUNCED_MOST)
    .map(({ address, services }) => html`<li><code>${address}</code> ${services.join(', ')}</li>`);
  const rest = announces.length - items.length;
  return html`<ul class="announces" role="list">${items}${rest > 0 ? html`<li>and ${rest} more</li>` : ''}</ul>`;
}

const SERVICE_COLUMNS: readonly Column<ServiceView>[] = [
  { title: 'Service', cell: ({ service }) => service },
  { title: 'Address', cell: ({ address }) => (address === '' ? mark('none', false) : html`<code>${address}</code>`) },
  { title: 'Owner', cell: ({ owners, address }) => (address === '' ? '–' : orNobody(owners, 'nobody')) },
  { title: 'Pool', cell: ({ pool }) => pool || '–' },
  { title: 'Reason', cell: ({ reason, message }) => html`<span><strong>${reason}</strong> ${message}</span>` },
];

export type Filter = { readonly text: string; readonly onInput: (event: InputEvent) => void };

export function servicesSection(services: readonly ServiceView[], { text, onInput }: Filter): TemplateResult {
  const { shown, matching } = chooseServices(services, text);
  const rest = matching > shown.length ? html`<p>${shown.length} of ${matching} are shown: narrow the filter</p>` : '';
  const none = html`<p class="quiet">${services.length === 0 ? 'There is no Service' : 'No Service matches'}</p>`;
  return section(
    'Services',
    html`<label class="filter">Filter <input type="search" autocomplete="off" .value=${text} @input=${onInput}></label>
      ${shown.length === 0 ? none : table('Services', SERVICE_COLUMNS, shown)} ${rest}`,
  );
}

const PROGRAM_COLUMNS: readonly Column<ProgramRow>[] = [
  { title: 'Program', cell: ({ program }) => program },
  { title: 'Ready', cell: ({ ready, pods }) => mark(`${ready} of ${pods}`, ready === pods && pods > 0) },
  { title: 'Restarts', cell: ({ restarts }) => restarts, isNumber: true },
];

export function programsSection(programs: readonly ProgramRow[]): TemplateResult | string {
  return programs.length === 0 ? '' : section('Programs', table('Programs', PROGRAM_COLUMNS, programs));
}

function section(title: string, content: TemplateResult): TemplateResult {
  const id = title.toLowerCase().replaceAll(' ', '-');
  return html`<section class=${id} aria-labelledby=${id}><h2 id=${id}>${title}</h2>${content}</section>`;
}

function mark(text: string, isFine: boolean): TemplateResult {
  return html`<span class=${isFine ? 'fine' : 'wrong'}>${text}</span>`;
}

function words(texts: readonly string[]): TemplateResult {
  return html`<code>${texts.join(', ')}</code>`;
}

function orNobody(names: readonly string[], nobody: string): TemplateResult | string {
  return names.length === 0 ? mark(nobody, false) : names.join(', ');
}
