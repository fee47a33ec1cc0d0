/** The rows of a user in the table. */

import { inject } from 'vitest';
import { control } from './control.js';

/** A row, as the control routes of `cargo dev` show it. */
export interface StoredRow {
  /** The beginning of its sort key, such as `user` or `thread`. */
  kind: string;
  attributes: Record<string, unknown>;
}

/** Returns all rows of a user. */
export async function listRows(userId: string): Promise<StoredRow[]> {
  const { data } = await control<{ data: StoredRow[] }>('GET', `rows?user_id=${encodeURIComponent(userId)}`);
  return data;
}

/** Waits until the rows of a user are as wanted, and returns them. They are read again after each event. */
export async function untilRows(userId: string, isWanted: (rows: StoredRow[]) => boolean): Promise<StoredRow[]> {
  const ending = new AbortController();
  const { body } = await fetch(`${inject('clerkUrl')}/control/events`, { signal: ending.signal });
  const events = body?.getReader();
  try {
    for (;;) {
      const rows = await listRows(userId);
      if (isWanted(rows)) return rows;
      if (!events || (await events.read()).done) throw new Error('the events have ended');
    }
  } finally {
    ending.abort();
  }
}
