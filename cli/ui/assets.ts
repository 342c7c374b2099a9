// The files of the page, as a browser takes them: the package lit-html by its address.
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';

export type Asset = { readonly type: string; readonly body: string };

const FILES: { readonly [name: string]: string } = {
  '': 'page/index.html',
  'style.css': 'page/style.css',
  'icon.svg': 'page/icon.svg',
  'main.js': 'page/main.js',
  'sections.js': 'page/sections.js',
  'explanation.js': 'page/explanation.js',
  'table.js': 'page/table.js',
  'choice.js': 'page/choice.js',
  'lit-html.js': '../../node_modules/lit-html/lit-html.js',
};

const TYPES: { readonly [extension: string]: string } = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.js': 'text/javascript; charset=utf-8',
};

/** By the name that the browser asks for. */
export function readAssets(): Map<string, Asset> {
  return new Map(Object.entries(FILES).map(([name, file]) => [name, readAsset(file)]));
}

function readAsset(file: string): Asset {
  const text = readFileSync(new URL(file, import.meta.url), 'utf8');
  return { type: TYPES[extname(file)] ?? '', body: text.replaceAll("from 'lit-html'", "from './lit-html.js'") };
}
