/** The control routes of the Clerk emulator. */

import { inject } from 'vitest';

/** Sends a request to a control route, `/control/<path>`, and returns the answer. Fails if it is refused. */
export async function control<T = unknown>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(`${inject('clerkUrl')}/control/${path}`, {
    method,
    headers: { 'Content-Type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

/** A user as Clerk returns it, as far as the stories need it. */
export interface ClerkUser {
  id: string;
  first_name: string | null;
}

/** Returns the user of this e-mail address. */
export async function findUser(email: string): Promise<ClerkUser | undefined> {
  const users = await control<ClerkUser[]>('GET', `v1/users?email_address=${encodeURIComponent(email)}`);
  return users[0];
}

/** Undoes what a story has set at the emulator. */
export async function resetClerk(): Promise<void> {
  await control('DELETE', 'faults');
  await control('DELETE', 'rate_limit');
  await control('PUT', 'webhooks', { delivery: 'send' });
}
