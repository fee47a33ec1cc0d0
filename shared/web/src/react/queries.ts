/** The queries of all routes, as options of TanStack Query. They need no React, so they work in server components. */

import type { DataTag, QueryKey, UnusedSkipTokenOptions } from '@tanstack/react-query';
import type { ClerkUser, LoginStatus, Message, SearchHit, Thread, UserCard } from '../contract.js';
import type { UsherError } from '../error.js';
import type { CallOptions, PageQuery, SearchQuery } from '../options.js';
import { waitBeforeRepeat } from '../retry.js';
import type { Usher, VersionedSettings } from '../usher.js';
import { type ClerkSession, scopeOf } from './clerk.js';
import { type ListOptions, listOptions } from './lists.js';

/** How a list is read. */
export type ListQuery = Omit<PageQuery, 'cursor'>;

/** What is searched, and how its hits are read. */
export type SearchListQuery = Omit<SearchQuery, 'cursor'>;

/** What all queries of a session have in common. */
export interface QuerySettings {
  /** Whether the queries may be sent. */
  enabled?: boolean;
  /** How long data is not read again without a change, in milliseconds. */
  staleTime?: () => number;
}

/** The options of a query that reads `T`. Its key says the type of the cached data. */
export type ReadOptions<T> = UnusedSkipTokenOptions<T, Error, T, QueryKey> & { queryKey: DataTag<QueryKey, T, Error> };

/** The queries of a session, as options of TanStack Query. */
export interface UsherQueries {
  /**
   * Returns the key of a query of the session. A key of your own begins with one of these, for example
   * `key('notes')`. Then the query is read again after each connect, and its data goes when the user changes.
   */
  key(...parts: readonly unknown[]): QueryKey;
  /** The caller's own Clerk user. It is tried until the API answers for this user, or says that there is none. */
  user(): ReadOptions<ClerkUser>;
  /** Whether the caller is signed in and stored. */
  status(): ReadOptions<LoginStatus>;
  /** The card of any user: name, username and image. */
  userCard(userId: string): ReadOptions<UserCard>;
  /** The caller's threads, the one that was created last first. An infinite query. */
  threads(query?: ListQuery): ListOptions<Thread>;
  /** A thread. */
  thread(threadId: string): ReadOptions<Thread>;
  /** The messages of a thread, the oldest first. An infinite query. */
  messages(threadId: string, query?: ListQuery): ListOptions<Message>;
  /**
   * The titles and messages in which all words occur. An infinite query. It keeps the hits of the text before, as
   * placeholder data, until its first page is read. It is not sent for a blank text, and no bell reads it again.
   */
  search(query: SearchListQuery): ListOptions<SearchHit>;
  /** The caller's settings and their version. */
  settings(): ReadOptions<VersionedSettings>;
}

/**
 * Returns the queries of a session, for example to prefetch in a server component of Next.js. In components of a browser,
 * `useUsherQueries()` returns the same.
 *
 * @param client a client. The session's token replaces its own.
 * @param session what Clerk's `auth()` returns.
 */
export function usherQueries(client: Usher, session: ClerkSession): UsherQueries {
  return createQueries(client.withToken(session.getToken), scopeOf(session));
}

/**
 * Returns the queries of a session.
 *
 * @param client a client with the session's token.
 * @param scope the name under which the data of the session is cached.
 */
export function createQueries(client: Usher, scope: string, settings: QuerySettings = {}): UsherQueries {
  const key = (...parts: readonly unknown[]): QueryKey => ['usher', scope, ...parts];
  // The client has repeated the request already.
  const common = { ...settings, retry: false };
  /** Returns the query that calls a method of the client. */
  function read<T>(queryKey: QueryKey, call: (options: CallOptions) => Promise<T>): ReadOptions<T> {
    const options: UnusedSkipTokenOptions<T, Error, T, QueryKey> = {
      ...common,
      queryKey,
      queryFn: ({ signal }) => call({ signal }),
    };
    return options as ReadOptions<T>;
  }

  return {
    key,
    user: () => ({
      ...read(key('user'), (options) => client.user.get({ ...options, tries: 1 })),
      // A server must not keep a page waiting. After a refusal, a later try succeeds only if it is one that passes.
      retry: (_failures, error) =>
        'window' in globalThis &&
        (!/^4/.test(String((error as UsherError).status)) ||
          /synced|conflict|throttled/.test((error as UsherError).code)),
      retryDelay: (failures, error) => waitBeforeRepeat(error as UsherError, failures + 1),
    }),
    status: () => read(key('user', 'status'), client.user.status),
    userCard: (userId) => read(key('user', 'card', userId), (options) => client.users.get(userId, options)),
    threads: (query) => listOptions(key('threads', { ...query }), common, query, client.threads.list),
    thread: (threadId) => read(key('threads', threadId), (options) => client.threads.get(threadId, options)),
    messages: (threadId, query) =>
      listOptions(key('messages', threadId, { ...query }), common, query, (page, options) =>
        client.messages.list(threadId, page, options),
      ),
    search: (query) => {
      const isAsked = settings.enabled ?? !!query.q.trim();
      const options = {
        ...common,
        enabled: isAsked,
        placeholderData: (hits: unknown) => (isAsked ? hits : undefined),
        // No bell names a search, so it is read again when it is shown again.
        staleTime: 0,
      };
      return listOptions(key('search', { ...query }), options, query, client.search.list);
    },
    settings: () => read(key('settings'), client.settings.get),
  };
}
