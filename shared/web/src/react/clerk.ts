/** What is needed of Clerk. It is typed by its structure, so no package of Clerk is a dependency. */

import type { GetToken } from '../options.js';

/** A session, as `auth` of `@clerk/nextjs/server` and `useAuth` of Clerk's other packages return it. */
export interface ClerkSession {
  /** The id of the user. `null` or missing if nobody is signed in. */
  userId?: string | null | undefined;
  /** The id of the session. `null` or missing if nobody is signed in. */
  sessionId?: string | null | undefined;
  /** The active organization of the session. */
  orgId?: string | null | undefined;
  /** The user's role in that organization. */
  orgRole?: string | null | undefined;
  /** Returns the session token. It may be another function at each call. */
  getToken: GetToken;
}

/** Clerk's `useAuth`, of any package that has it: `@clerk/react`, `@clerk/nextjs`, `@clerk/expo`, … */
export type UseAuth = () => ClerkSession & {
  /** Whether Clerk knows yet if a user is signed in. */
  isLoaded: boolean;
};

/**
 * Returns the name under which the data of a session is cached, or the empty text if nobody is signed in. Another
 * session, organization or role has another name.
 */
export function scopeOf({ sessionId, orgId, orgRole }: Omit<ClerkSession, 'getToken'>): string {
  return sessionId ? [sessionId, orgId, orgRole].join() : '';
}
