/** Reads again what has changed. */

import type { QueryClient } from '@tanstack/react-query';
import type { ChangeKey } from '../live/messages.js';
import { refetchAfter } from './lists.js';
import type { UsherQueries } from './queries.js';

/** Reads again what is shown of these keys. What is not shown is read when it is shown next. */
export function readAgain(client: QueryClient, { key }: UsherQueries, changed: readonly ChangeKey[]): void {
  for (const name of changed) {
    const queryKey = key(...partsOf(name));
    // TanStack Query cancels a fetch only if the query has data. Without any, the fetch may miss this change.
    for (const query of client.getQueryCache().findAll({ queryKey, fetchStatus: 'fetching' }))
      if (query.state.data === undefined) refetchAfter(client, query);
    client.invalidateQueries({ queryKey });
  }
}

/** Returns the rest of the key of the queries that a bell names. None for all queries, and for an unknown bell. */
function partsOf(name: ChangeKey): readonly unknown[] {
  const [group, threadId, children] = name.split('/');
  if (threadId) return [children ?? group, threadId];
  // The keys of lists have an object there, and those of single threads have not.
  if (group === 'threads') return [group, {}];
  return group === 'user' || group === 'settings' ? [group] : [];
}

/**
 * Removes what is cached of other sessions.
 *
 * @param scope the session whose data is kept. Empty if there is none.
 * @param isEnded whether only the reason why the session has ended is kept.
 */
export function removeOthers(client: QueryClient, scope: string, isEnded: boolean): void {
  const isOther = ([name, owner, ...rest]: readonly unknown[] = []) =>
    name === 'usher' && !!owner && (owner !== scope || (isEnded && String(rest) !== 'user'));
  client.removeQueries({ predicate: ({ queryKey }) => isOther(queryKey) });
  const mutations = client.getMutationCache();
  for (const mutation of mutations.getAll()) if (isOther(mutation.options.mutationKey)) mutations.remove(mutation);
}
