/** Lists as infinite queries of TanStack Query. */

import type {
  DataTag,
  InfiniteData,
  Query,
  QueryClient,
  QueryKey,
  UnusedSkipTokenInfiniteOptions,
} from '@tanstack/react-query';
import type { Page } from '../contract.js';
import type { CallOptions, PageQuery } from '../options.js';
import { rowsOf } from './rows.js';

/** Which page is read. */
export interface PageParam {
  /** The `next_cursor` of the page before. */
  cursor: string | null;
  /** The number of pages before. */
  index: number;
}

/** The pages of a list, as TanStack Query keeps them. */
export type Pages<T> = InfiniteData<Page<T>, PageParam>;

/** The options of an infinite query that reads a list. Its key says the type of the cached data. */
export type ListOptions<T> = UnusedSkipTokenInfiniteOptions<Page<T>, Error, T[], QueryKey, PageParam> & {
  queryKey: DataTag<QueryKey, Pages<T>, Error>;
};

/**
 * Returns the query of a list. Its `data` are the items of all pages that were read.
 *
 * A list that was read to its end stays complete: if rows are added, a refetch reads to the new end, however many pages
 * that takes. Otherwise a new row could push another one off the screen.
 *
 * @param settings the options that all queries share.
 * @param read reads one page.
 */
export function listOptions<T, Query extends PageQuery>(
  queryKey: QueryKey,
  settings: object,
  query: Query | undefined,
  read: (query: Query, options: CallOptions) => Promise<Page<T>>,
): ListOptions<T> {
  const options: Omit<ListOptions<T>, 'queryKey'> & { queryKey: QueryKey } = {
    ...settings,
    queryKey,
    initialPageParam: { cursor: null, index: 0 },
    queryFn: async ({ pageParam: { cursor, index }, client, signal }) => {
      const cached = client.getQueryCache().find<Pages<T>>({ queryKey, exact: true });
      const earlier = cached?.state.data?.pages[index];
      // A call of `fetchNextPage` cancels a refetch, and its success would hide that the other pages are out of date.
      if (index && !earlier && cached?.state.isInvalidated) refetchAfter(client, cached);
      let page = await read({ ...(query as Query), cursor }, { signal });
      while (earlier && !earlier.next_cursor && page.next_cursor) {
        const next = await read({ ...(query as Query), cursor: page.next_cursor }, { signal });
        page = { ...next, items: [...page.items, ...next.items] };
      }
      return page;
    },
    getNextPageParam: ({ next_cursor }, pages) => (next_cursor ? { cursor: next_cursor, index: pages.length } : null),
    select: rowsOf,
  };
  return options as ListOptions<T>;
}

/** Reads a query once more after its current fetch has succeeded. */
// biome-ignore lint/suspicious/noExplicitAny: a query of any data
export function refetchAfter(client: QueryClient, { promise, queryKey }: Query<any>): void {
  promise?.then(
    () => client.invalidateQueries({ queryKey, exact: true }),
    // A fetch that has failed shows no old data, and the app or the next change reads again.
    () => {},
  );
}
