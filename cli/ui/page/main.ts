// Draws what the command sends, again at every change. EventSource comes back by itself after an interruption.
import { html, render } from 'lit-html';
import type { View } from '../view.ts';
import {
  entryText,
  findingsSection,
  nodesSection,
  poolsSection,
  programsSection,
  servicesSection,
  summary,
  timelineSection,
} from './sections.ts';

let view: View | undefined;
let isConnected = false;
let filter = '';

const stream = new EventSource('events');
stream.onmessage = ({ data }: MessageEvent<string>) => {
  view = { ...view, ...JSON.parse(data) };
  draw();
};
stream.onopen = () => setConnected(true);
stream.onerror = () => setConnected(false);
draw();

function setConnected(is: boolean): void {
  isConnected = is;
  draw();
}

function onInput({ target }: InputEvent): void {
  filter = (target as HTMLInputElement).value;
  draw();
}

function draw(): void {
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

function sections(seen: View) {
  return html`${summary(seen)} ${findingsSection(seen.findings)} ${timelineSection(seen.timeline)}
    ${servicesSection(seen.services, { text: filter, onInput })} ${poolsSection(seen.pools)}
    ${nodesSection(seen.nodes)} ${programsSection(seen.programs)}`;
}
