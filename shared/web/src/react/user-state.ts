/** What the API says of the user who is signed in at Clerk. */

import type { QueryState } from '@tanstack/react-query';
import type { ClerkUser } from '../contract.js';
import type { UsherError } from '../error.js';
import type { LiveStatus } from '../live/options.js';

/** Whether a user is signed in, as `useUsherAuth()` returns it. */
export type UsherAuth =
  | {
      status: /** Clerk is loading, or the API has not answered yet. With an `error`, it is asked again. */
        | 'loading'
        /** Nobody is signed in at Clerk, the session was ended, or the API refuses the token because of `error`. */
        | 'signedOut'
        /** Clerk's webhook with the new user has not reached the API yet. It is asked again after `Retry-After`. */
        | 'notSynced'
        /** The account was deleted. */
        | 'deleted'
        /** Clerk has banned the user. */
        | 'banned';
      user?: undefined;
      /** Why the API did not answer with the user: a `UsherError`, or an error of `getToken`. */
      error?: Error | undefined;
    }
  | {
      /** The API has answered with the user. */
      status: 'signedIn';
      /** The caller's own Clerk user. */
      user: ClerkUser;
      error?: undefined;
    };

/** The states of a user whom the API does not accept any more. */
const ENDED: { readonly [reason: string]: 'deleted' | 'banned' | 'signedOut' } = {
  'user-deleted': 'deleted',
  'user-banned': 'banned',
  'session-ended': 'signedOut',
};

/**
 * Returns the state of a user.
 *
 * @param scope what Clerk says: empty if nobody is signed in, and missing while it is loading.
 * @param answer the query of `GET /users/me`.
 */
export function authOf(
  scope: string | undefined,
  answer: QueryState<ClerkUser> | undefined,
  live: LiveStatus,
): UsherAuth {
  if (!scope) return { status: scope === '' ? 'signedOut' : 'loading' };
  const error = answer?.error ?? answer?.fetchFailureReason ?? undefined;
  const { code = '', status } = (error ?? {}) as Partial<UsherError>;
  const ended = ENDED[(live.state === 'stopped' && live.reason) || code] ?? (status === 401 && 'signedOut');
  if (ended) return { status: ended, error };
  if (answer?.data) return { status: 'signedIn', user: answer.data };
  return { status: code === 'user-not-synced' ? 'notSynced' : 'loading', error };
}
