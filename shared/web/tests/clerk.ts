/** Users and session tokens of the Clerk emulator of `cargo dev`. */

import { inject } from 'vitest';

/** A user with a session. */
export interface SignedIn {
  userId: string;
  /** Returns a new token each time, as `getToken` of Clerk's `useAuth` does with `skipCache`. */
  getToken: () => Promise<string>;
  /** Returns a token that expires after this number of seconds. */
  mintToken: (lifetimeSeconds: number) => Promise<string>;
}

/** Sends a request to the Backend API of the emulator. */
export async function clerk(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
  const response = await fetch(`${inject('clerkUrl')}/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${inject('clerkSecretKey')}`, 'content-type': 'application/json' },
    body: JSON.stringify(body ?? {}),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`);
  return (await response.json()) as Record<string, unknown>;
}

/** Creates a user and signs it in. The API knows the user when this returns. */
export async function signUp(firstName = 'Ada'): Promise<SignedIn> {
  const user = await clerk('POST', '/users', { first_name: firstName });
  const session = await clerk('POST', '/sessions', { user_id: user.id });
  const mintToken = async (seconds: number) => {
    const token = await clerk('POST', `/sessions/${session.id}/tokens`, { expires_in_seconds: seconds });
    return token.jwt as string;
  };
  return { userId: user.id as string, getToken: () => mintToken(60), mintToken };
}
