'use client';
/** Gives the components below it a session of Usher, and keeps the sessions of different users apart. */

import { QueryClient, QueryClientContext, QueryClientProvider, QueryObserver } from '@tanstack/react-query';
import { Fragment, type ReactNode, useContext, useEffect, useInsertionEffect, useMemo, useState } from 'react';
import type { Usher } from '../usher.js';
import { removeOthers } from './bells.js';
import { scopeOf, type UseAuth } from './clerk.js';
import { SessionContext, useSession, useUsherAuth } from './context.js';
import { createSession } from './session.js';

/** The properties of {@link UsherProvider}. */
export interface UsherProviderProps {
  /** A client, made by `createUsher({ url })` outside of components. It needs no `getToken`: sessions get Clerk's. */
  client: Usher;
  /** The hook `useAuth` of your package of Clerk, the same one in every render. */
  useAuth: UseAuth;
  children?: ReactNode;
}

/**
 * Gives the components below it a session. It belongs below Clerk's provider, and below TanStack Query's
 * `QueryClientProvider` if there is one. Without that, it makes a `QueryClient` of its own.
 *
 * When the session ends, or its organization or role changes, all components below are mounted anew and what was cached
 * is removed, so nothing of one user is ever shown to another.
 */
export function UsherProvider({ client, useAuth, children }: UsherProviderProps): ReactNode {
  const outer = useContext(QueryClientContext);
  const [own] = useState(() => new QueryClient());
  const queryClient = outer ?? own;
  const clerk = useAuth();
  const [tokens] = useState(() => ({ ...clerk }));
  // Before all other effects, because those may send requests.
  useInsertionEffect(() => {
    Object.assign(tokens, clerk);
  });

  const { userId } = clerk;
  const scope = clerk.isLoaded ? scopeOf(clerk) : undefined;
  const session = useMemo(
    () => createSession({ client, queryClient, scope, userId, tokens }),
    [client, queryClient, scope, userId, tokens],
  );
  const [last, setLast] = useState({ scope, generation: 0 });
  if (scope !== last.scope)
    // After a time without a session, no new components are needed, because those of before have shown no row.
    setLast({ scope, generation: last.generation + (last.scope ? 1 : 0) });

  return (
    <QueryClientProvider client={queryClient}>
      <SessionContext.Provider value={session}>
        <Fragment key={last.generation}>{children}</Fragment>
        <SessionKeeper />
      </SessionContext.Provider>
    </QueryClientProvider>
  );
}

/** Asks who is signed in, keeps live updates, and removes what is not of the session. */
function SessionKeeper(): null {
  const session = useSession();
  const { status } = useUsherAuth();
  const { scope, queryClient, queries, getAuth } = session;

  // In an effect and not by `useQuery`, because the state of a server is shown only if the query is new to the client.
  useEffect(() => {
    if (!scope) return undefined;
    // Otherwise a page that tells the user of the end would be loading again at each focus.
    const unlessGone = () => !/deleted|banned/.test(getAuth().status);
    const observer = new QueryObserver(queryClient, {
      ...queries.user(),
      // An answer that was stored or sent by a server may be of long ago.
      refetchOnMount: 'always',
      refetchOnWindowFocus: unlessGone,
      refetchOnReconnect: unlessGone,
    });
    return observer.subscribe(() => {});
  }, [queryClient, scope, queries, getAuth]);

  const isSignedIn = status === 'signedIn';
  useEffect(() => (isSignedIn ? session.listen() : undefined), [session, isSignedIn]);

  // The API has refused the user. Nothing of it may stay.
  const isEnded = !!scope && /deleted|banned|signedOut/.test(status);
  useEffect(() => {
    if (scope === undefined) return undefined;
    const remove = () => removeOthers(queryClient, scope, isEnded);
    remove();
    // A storage and the state of a server may bring the rows of another user at any time.
    return queryClient.getQueryCache().subscribe(({ type }) => {
      if (type === 'added') remove();
    });
  }, [queryClient, scope, isEnded]);
  return null;
}
