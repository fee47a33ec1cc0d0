'use client';
/** The session of the components below a `UsherProvider`. */

import { createContext, useContext, useSyncExternalStore } from 'react';
import type { LiveStatus } from '../live/options.js';
import type { Usher } from '../usher.js';
import type { UsherQueries } from './queries.js';
import type { Session } from './session.js';
import type { UsherAuth } from './user-state.js';

/** The context of a `UsherProvider`. */
export const SessionContext = createContext<Session | undefined>(undefined);

/** Returns the session of the provider above. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('there is no <UsherProvider> above this component');
  return session;
}

/** Returns a part of a session, and renders again when it changes. */
export function useSnapshot<T>({ subscribe }: Session, get: () => T): T {
  return useSyncExternalStore(subscribe, get, get);
}

/** Returns whether a user is signed in, and who it is. Signed in means that the API has said so. */
export function useUsherAuth(): UsherAuth {
  const session = useSession();
  return useSnapshot(session, session.getAuth);
}

/**
 * Returns a client with the token of the session, for what has no hook. A request of an earlier session fails after
 * another user has signed in.
 */
export function useUsher(): Usher {
  return useSession().client;
}

/**
 * Returns the queries of the session, as options of `useQuery` and other functions of TanStack Query. They are not sent
 * unless the user is signed in. Unlike the hooks, they show no change before its answer.
 */
export function useUsherQueries(): UsherQueries {
  const { queries, disabledQueries } = useSession();
  return useUsherAuth().status === 'signedIn' ? queries : disabledQueries;
}

/** Returns the status of live updates. It is `closed` if no user is signed in. */
export function useLiveStatus(): LiveStatus {
  const session = useSession();
  return useSnapshot(session, session.getStatus);
}
