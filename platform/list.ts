// Whole lists of a resource, read page by page.
import { setTimeout as delay } from 'node:timers/promises';
import { ApiError, type Cluster, getObject } from '#platform/cluster.ts';

export type ListRead<W> = { readonly items: W[]; readonly resourceVersion: string };

/** `query` may carry selectors. */
export type ListOptions = { readonly query?: URLSearchParams; readonly signal?: AbortSignal };

type Page<W> = { items?: W[]; metadata?: { resourceVersion?: string; continue?: string } };

// Ten thousand Services, some 3 kB of JSON each, pass through memory page by page: a small page dies young.
const PAGE_SIZE = 250;
const ATTEMPTS = 5;
const RETRY_MS = 50;

/** One page after the other; whoever keeps only what is needed of each never holds the whole list. */
export async function* listPages<W>(
  cluster: Cluster,
  path: string,
  { query, signal }: ListOptions = {},
): AsyncGenerator<ListRead<W>, void> {
  const pageQuery = new URLSearchParams(query);
  pageQuery.set('limit', String(PAGE_SIZE));
  do {
    const page = await patiently(() => getObject<Page<W>>(cluster, `${path}?${pageQuery}`, signal), signal);
    if (!page) throw new ApiError(`Cannot list ${path}: 404`, { status: 404, reason: 'NotFound' });
    pageQuery.set('continue', page.metadata?.continue ?? '');
    yield { items: page.items ?? [], resourceVersion: page.metadata?.resourceVersion ?? '' };
  } while (pageQuery.get('continue') !== '');
}

/** A long list must not begin anew for one page: on a bad day it would never end. */
async function patiently<T>(read: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await read();
    } catch (error) {
      if (attempt === ATTEMPTS || !(error instanceof ApiError && isPassing(error.status))) throw error;
      await delay(RETRY_MS * attempt * (0.5 + Math.random()), undefined, signal && { signal });
    }
  }
}

/** Conflict, too many requests, or the server's own trouble. */
function isPassing(status: number): boolean {
  return status === 409 || status === 429 || status >= 500;
}

export async function listObjects<W>(cluster: Cluster, path: string, options: ListOptions = {}): Promise<ListRead<W>> {
  const items: W[] = [];
  let resourceVersion = '';
  for await (const page of listPages<W>(cluster, path, options)) {
    items.push(...page.items);
    resourceVersion = page.resourceVersion;
  }
  return { items, resourceVersion };
}
