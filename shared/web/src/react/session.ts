/** The session of one user: its client, queries, changes and live updates. Another session has nothing in common with it. */

import { notifyManager, type QueryClient } from '@tanstack/react-query';
import type { LiveStatus } from '../live/options.js';
import type { GetToken } from '../options.js';
import { userOf } from '../token.js';
import type { Usher } from '../usher.js';
import { readAgain } from './bells.js';
import { createChanges } from './changes.js';
import { createQueries } from './queries.js';
import { authOf, type UsherAuth } from './user-state.js';

/** Whose session it is. */
export interface SessionOptions {
  /** The client of the app. */
  client: Usher;
  queryClient: QueryClient;
  /** The name under which the data of the session is cached: empty if nobody is signed in, missing until Clerk knows. */
  scope: string | undefined;
  /** The user, whose tokens alone are used. */
  userId: string | null | undefined;
  /** Has the function that returns the token of the user who is signed in now. */
  tokens: { getToken: GetToken };
}

/** A session. */
export type Session = ReturnType<typeof createSession>;

/** Creates the session of a user. It does nothing before it is used. */
export function createSession({ client: base, queryClient, scope, userId, tokens }: SessionOptions) {
  const client = base.withToken(async (options) => {
    const token = await tokens.getToken(options);
    // Clerk returns the token of the user who is signed in now, also to a request of the user before.
    if (userOf(token) !== (userId ?? undefined)) throw new Error('the user of this request is not signed in');
    return token;
  });

  const listeners = new Set<() => void>();
  const notify = () => {
    for (const listener of [...listeners]) listener();
  };
  let status: LiveStatus = { state: 'closed' };
  let auth: UsherAuth = { status: 'loading' };

  // Data is up to date while changes are heard. Everything is read again when a first or later connection is open.
  const staleTime = () => (status.error || status.reason ? 0 : Infinity);
  const queries = createQueries(client, scope ?? '', { staleTime });
  const { queryKey } = queries.user();

  return {
    scope,
    client,
    queryClient,
    queries,
    /** The queries while the user is not signed in. They are not sent, and show nothing that is cached. */
    disabledQueries: createQueries(client, '', { enabled: false }),
    ...createChanges(queryClient, notify),

    /** Calls back after each change, each live status and each answer. Returns the function that ends it. */
    subscribe(listener: () => void): () => void {
      // Not now, because a component that renders may have added the query.
      const later = notifyManager.batchCalls(listener);
      const end = queryClient.getQueryCache().subscribe(({ query }) => {
        if (String(query.queryKey) === String(queryKey)) later();
      });
      listeners.add(listener);
      return () => {
        end();
        listeners.delete(listener);
      };
    },

    /** Returns the status of live updates. */
    getStatus: () => status,

    /** Returns the state of the user: the same object until it changes. */
    getAuth(): UsherAuth {
      const next = authOf(scope, queryClient.getQueryState(queryKey), status);
      if (next.status !== auth.status || next.user !== auth.user || next.error !== auth.error) auth = next;
      return auth;
    },

    /** Begins live updates. Returns the function that ends them. */
    listen(): () => void {
      const live = client.live({
        onChange: (keys) => readAgain(queryClient, queries, keys),
        onStatus: (next) => {
          // A refused connection may be the only sign that the account was deleted while the device was offline.
          if (next.error && !status.error) readAgain(queryClient, queries, ['user']);
          status = next;
          notify();
        },
      });
      return () => {
        live.close();
        // The reason why the API has stopped them stays known.
        if (status.state !== 'stopped') status = { state: 'closed' };
      };
    },
  };
}
