'use client';
/** A hook for each route that reads. Each is read again when it changes, and shows the changes that are under way. */

import {
  type QueryKey,
  type UseInfiniteQueryResult,
  type UseQueryResult,
  type UseSuspenseInfiniteQueryResult,
  type UseSuspenseQueryResult,
  useInfiniteQuery,
  useQuery,
  useSuspenseInfiniteQuery,
  useSuspenseQuery,
} from '@tanstack/react-query';
import type { ClerkUser, LoginStatus, Message, SearchHit, Thread, UserCard } from '../contract.js';
import type { VersionedSettings } from '../usher.js';
import { useSession, useSnapshot, useUsherQueries } from './context.js';
import type { ListQuery, SearchListQuery, UsherQueries } from './queries.js';
import type { Any, Row, Shown } from './rows.js';

/** Returns the caller's own Clerk user. */
export function useCurrentUser(): UseQueryResult<ClerkUser> {
  return useQuery(useUsherQueries().user());
}

/** Suspends until there is the caller's own Clerk user. */
export function useSuspenseCurrentUser(): UseSuspenseQueryResult<ClerkUser> {
  return useSuspenseQuery(useSignedInQueries().user());
}

/** Returns what the API knows of the caller: the claims of the token, and the user. */
export function useLoginStatus(): UseQueryResult<LoginStatus> {
  return useQuery(useUsherQueries().status());
}

/** Suspends until there is what the API knows of the caller. */
export function useSuspenseLoginStatus(): UseSuspenseQueryResult<LoginStatus> {
  return useSuspenseQuery(useSignedInQueries().status());
}

/** Returns the card of any user. It is not told when another user changes. */
export function useUserCard(userId: string): UseQueryResult<UserCard> {
  return useQuery(useUsherQueries().userCard(userId));
}

/** Suspends until there is the card of this user. */
export function useSuspenseUserCard(userId: string): UseSuspenseQueryResult<UserCard> {
  return useSuspenseQuery(useSignedInQueries().userCard(userId));
}

/** Returns the caller's threads, the one that was created last first. `fetchNextPage()` reads more of them. */
export function useThreads(query?: ListQuery): UseInfiniteQueryResult<Row<Thread>[]> {
  return useInfiniteQuery(useChanges(useUsherQueries().threads(query)));
}

/** Suspends until there is the first page of the caller's threads. */
export function useSuspenseThreads(query?: ListQuery): UseSuspenseInfiniteQueryResult<Row<Thread>[]> {
  return useSuspenseInfiniteQuery(useChanges(useSignedInQueries().threads(query)));
}

/** Returns a thread. */
export function useThread(threadId: string): UseQueryResult<Row<Thread>> {
  return useQuery(useChanges(useUsherQueries().thread(threadId)));
}

/** Suspends until there is this thread. */
export function useSuspenseThread(threadId: string): UseSuspenseQueryResult<Row<Thread>> {
  return useSuspenseQuery(useChanges(useSignedInQueries().thread(threadId)));
}

/** Returns the messages of a thread, the oldest first. `fetchNextPage()` reads more of them. */
export function useMessages(threadId: string, query?: ListQuery): UseInfiniteQueryResult<Row<Message>[]> {
  return useInfiniteQuery(useChanges(useUsherQueries().messages(threadId, query)));
}

/** Suspends until there is the first page of the messages of this thread. */
export function useSuspenseMessages(
  threadId: string,
  query?: ListQuery,
): UseSuspenseInfiniteQueryResult<Row<Message>[]> {
  return useSuspenseInfiniteQuery(useChanges(useSignedInQueries().messages(threadId, query)));
}

/**
 * Returns the titles and messages in which all words of `q` occur. `fetchNextPage()` searches on: a page may have no
 * hits although more follow. While another text is searched, `data` stays what was found before, and
 * `isPlaceholderData` says so. A search whose text is not shown any more is cancelled. Nothing is searched for a blank
 * text. It has no form that suspends, because that would take away the text that is being typed.
 */
export function useSearch(query: SearchListQuery): UseInfiniteQueryResult<SearchHit[]> {
  return useInfiniteQuery(useUsherQueries().search(query));
}

/** Returns the caller's settings and their version. */
export function useSettings(): UseQueryResult<Shown<VersionedSettings>> {
  return useQuery(useChanges(useUsherQueries().settings()));
}

/** Suspends until there are the caller's settings. */
export function useSuspenseSettings(): UseSuspenseQueryResult<Shown<VersionedSettings>> {
  return useSuspenseQuery(useChanges(useSignedInQueries().settings()));
}

/** Returns the options of a query, so that it shows the changes that are under way. */
function useChanges<Options extends { queryKey: QueryKey }>(
  options: Options,
): Omit<Options, 'select'> & { select: (data: Any) => Any } {
  const session = useSession();
  const pending = useSnapshot(session, session.getPending);
  return { ...options, select: (data) => session.show(options.queryKey, data, pending) };
}

/** Returns the queries of the user who is signed in. Hooks that suspend cannot wait for a user. */
function useSignedInQueries(): UsherQueries {
  const queries = useUsherQueries();
  if (queries !== useSession().queries) throw new Error('a suspending hook must be inside of <Authenticated>');
  return queries;
}
