// The files of the page, as a browser takes them: TypeScript without its types, and the package lit-html by its address.
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { extname } from 'node:path';

export type Asset = { readonly type: string; readonly body: string };

const FILES: { readonly [name: string]: string } = {
  '': 'page/index.html',
  'style.css': 'page/style.css',
  'icon.svg': 'page/icon.svg',
  'main.ts': 'page/main.ts',
  'sections.ts': 'page/sections.ts',
  'table.ts': 'page/table.ts',
  'choice.ts': 'page/choice.ts',
  'lit-html.js': '../../node_modules/lit-html/lit-html.js',
};

const SCRIPT = 'text/javascript; charset=utf-8';
const TYPES: { readonly [extension: string]: string } = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.ts': SCRIPT,
  '.js': SCRIPT,
};

/** By the name that the browser asks for. */
export function readAssets(): Map<string, Asset> {
  return new Map(Object.entries(FILES).map(([name, file]) => [name, readAsset(file)]));
}

function readAsset(file: string): Asset {
  const text = readFileSync(new URL(file, import.meta.url), 'utf8');
  const extension = extname(file);
  return { type: TYPES[extension] ?? '', body: extension === '.ts' ? toScript(text) : text };
}

function toScript(text: string): string {
  return stripTypeScriptTypes(text).replaceAll("from 'lit-html'", "from './lit-html.js'");
}
