// The documents that are played: those of docs/ in the order of its index, and the README.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from '#test/lab/state.ts';

export const INDEX = 'docs/index.md';
export const README = 'README.md';
export const MIGRATION = 'docs/migration.md';

export function readDocument(path: string): string {
  return readFileSync(join(checkout, path), 'utf8');
}

/** Documents of docs/ that the index links to, each once. */
export function indexed(): string[] {
  const links = readDocument(INDEX).matchAll(/\]\(([\w-]+\.md)\)/g);
  return [...new Set(Array.from(links, ([, name]) => `docs/${name}`))];
}
