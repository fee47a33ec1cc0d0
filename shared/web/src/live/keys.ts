/** The keys that a change through this client rings at once, before the API rings them. */

import type { LiveKey } from './messages.js';

/**
 * Returns the keys of what a successful change has changed. None for routes that are not the API's own.
 *
 * @param path the path of the request.
 * @param body the parsed answer. It has the id of a new thread.
 */
export function keysOfChange(path: string, body: unknown): LiveKey[] {
  const [, group, id = (body as { id?: string } | undefined)?.id, children] = path.split('/');
  if (group === 'settings') return [group];
  if (group === 'users') return ['user'];
  if (group !== 'threads') return [];
  // A new message changes the time of its thread too, and a deleted thread, which has no answer, takes its messages along.
  return children || !body ? [group, `threads/${id}`, `threads/${id}/messages`] : [group, `threads/${id}`];
}
