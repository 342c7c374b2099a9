// One whole list of a resource, read page by page.
import { ApiError, type Cluster, getObject } from '#platform/cluster.ts';

export type ListRead<W> = { readonly items: W[]; readonly resourceVersion: string };

type Page<W> = { items?: W[]; metadata?: { resourceVersion?: string; continue?: string } };

const PAGE_SIZE = 500;

/** `query` may carry selectors. */
export async function listObjects<W>(
  cluster: Cluster,
  path: string,
  { query = new URLSearchParams(), signal }: { query?: URLSearchParams; signal?: AbortSignal } = {},
): Promise<ListRead<W>> {
  const items: W[] = [];
  const pageQuery = new URLSearchParams(query);
  pageQuery.set('limit', String(PAGE_SIZE));
  let page: Page<W> | undefined;
  do {
    page = await getObject<Page<W>>(cluster, `${path}?${pageQuery}`, signal);
    if (!page) throw new ApiError(`Cannot list ${path}: 404`, { status: 404, reason: 'NotFound' });
    items.push(...(page.items ?? []));
    pageQuery.set('continue', page.metadata?.continue ?? '');
  } while (pageQuery.get('continue') !== '');
  return { items, resourceVersion: page.metadata?.resourceVersion ?? '' };
}
