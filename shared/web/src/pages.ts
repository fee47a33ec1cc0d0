/** Lists, read page by page. */

import type { Page } from './contract.js';
import type { PageQuery } from './options.js';

/**
 * Yields the items of all pages. A page is read when its first item is asked for.
 *
 * @param list reads one page.
 */
export async function* readAll<T, Query extends PageQuery>(
  list: (query: Query) => Promise<Page<T>>,
  query?: Query,
): AsyncGenerator<T, void> {
  let cursor = query?.cursor;
  do {
    const page: Page<T> = await list({ ...(query as Query), cursor });
    yield* page.items;
    cursor = page.next_cursor;
  } while (cursor);
}
