/** The changes of a session that are under way. */

import { partialMatchKey, type QueryClient, type QueryKey } from '@tanstack/react-query';
import { type Any, type Edit, editData, insertRows } from './rows.js';

/** A change that is shown before the API has answered. */
export interface Change {
  /** The beginning of the keys of the queries that it changes. */
  readonly queryKey: QueryKey;
  readonly edit: Edit;
  /** The keys of the rows that it adds. */
  readonly keys: readonly string[];
}

/** The rows that a change adds, or what else it does to rows. */
export type Effect = readonly object[] | Edit;

let count = 0;

/** Returns the changes of a session, at first none. Each step of a change is told to `notify`. */
export function createChanges(client: QueryClient, notify: () => void) {
  /** A new array after each step, so that React sees it. */
  let pending: readonly Change[] = [];
  /** The keys of the rows that were shown before they had an id. */
  const keys = new Map<string, string>();
  /** What was shown last of the data of a query. */
  const shown = new WeakMap<object, { pending: readonly Change[]; rows: Any }>();

  return {
    /** Returns the changes that are under way, oldest first. */
    getPending: () => pending,

    /** Shows a change. */
    begin(queryKey: QueryKey, effect: Effect): Change {
      let edit = effect;
      let added: readonly { key: string }[] = [];
      if (typeof edit !== 'function') {
        const known = client.getQueriesData({ queryKey }).flatMap(([, data]) => rowsOf(data));
        added = edit.map((row) => ({ ...row, ...newRow() }));
        edit = insertRows(added, new Set(known.map(({ id }) => id)));
      }
      const change = { queryKey, edit, keys: added.map(({ key }) => key) };
      pending = [...pending, change];
      notify();
      return change;
    },

    /**
     * Ends a change. Its answer is stored in the same moment in which it is not shown any more, so that nothing
     * flickers. Without an answer, what was shown before is shown again.
     */
    end(change: Change, answer?: Effect): void {
      pending = pending.filter((other) => other !== change);
      let edit = answer;
      if (edit && typeof edit !== 'function') {
        for (const [index, row] of edit.entries()) keys.set((row as Any).id, change.keys[index] as string);
        edit = insertRows(edit);
      }
      const stored = edit;
      if (stored) client.setQueriesData({ queryKey: change.queryKey }, (data: unknown) => editData(data, stored));
      notify();
    },

    /** Returns the row or the rows of a query with these changes. */
    show(key: QueryKey, data: Any, changes: readonly Change[]): Any {
      const last = shown.get(data);
      if (last?.pending === changes) return last.rows;
      const before = rowsOf(data).map((row) => ({ ...row, key: keys.get(row.id) ?? row.id, isPending: false }));
      const isComplete = data.pages && !data.pages.at(-1).next_cursor;
      let rows: readonly Any[] = before;
      for (const { queryKey, edit } of changes)
        if (partialMatchKey(key, queryKey)) rows = edit(rows, !!data.pages, isComplete);
      // A single thread is shown until the API has deleted it.
      const result = data.pages ? rows : (rows[0] ?? before[0]);
      shown.set(data, { pending: changes, rows: result });
      return result;
    },
  };
}

/** Returns the rows of the data of a query: those of all pages of a list, or a single one. */
function rowsOf(data: Any): Any[] {
  return data?.pages?.flatMap((page: Any) => page.items) ?? (data ? [data] : []);
}

/** Returns the fields of a row that the API does not know yet. */
function newRow() {
  const key = `pending-${++count}`;
  return { id: key, key, isPending: true };
}
