/** Names for people to read. */

import type { ClerkUser, Thread } from '@usher/client';

/** Returns the name of a user, or the user name, or the e-mail address, or else the id. */
export function nameOf({ first_name, last_name, username, email_addresses, id }: ClerkUser): string {
  const [address] = email_addresses ?? [];
  return [first_name, last_name].filter(Boolean).join(' ') || username || address?.email_address || id;
}

/** Returns the title of a thread, which need not have one. */
export function titleOf({ title }: Pick<Thread, 'title'>): string {
  return title ?? 'Untitled';
}
