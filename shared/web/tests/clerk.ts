/** Users and session tokens of the Clerk emulator of `cargo dev`. */

import { createPrivateKey, sign } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';

/** A user with a session. */
export interface SignedIn {
  userId: string;
  /** Returns a new token each time, as `getToken` of Clerk's `useAuth` does with `skipCache`. */
  getToken: () => Promise<string>;
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
  const getToken = async () => (await clerk('POST', `/sessions/${session.id}/tokens`)).jwt as string;
  return { userId: user.id as string, getToken };
}

/** Returns a copy of a token that expired an hour ago, signed by the key of the emulator. */
export async function expire(token: string): Promise<string> {
  const [header, claims] = token.split('.');
  const { exp, iat, nbf, ...others } = JSON.parse(Buffer.from(claims ?? '', 'base64url').toString());
  const earlier = { ...others, exp: exp - 3660, iat: iat - 3660, nbf: nbf - 3660 };
  const content = `${header}.${Buffer.from(JSON.stringify(earlier)).toString('base64url')}`;
  const { private_key } = JSON.parse(await readFile(join(inject('dataDirectory'), 'clerk.json'), 'utf8'));
  const key = createPrivateKey({ key: Buffer.from(private_key, 'base64'), format: 'der', type: 'pkcs8' });
  return `${content}.${sign('sha256', Buffer.from(content), key).toString('base64url')}`;
}
