/** The changes of a session that are under way. */

import { partialMatchKey, type QueryClient, type QueryKey } from '@tanstack/react-query';
import { type Any, type Edit, editData, insertRows, rowsOf } from './rows.js';

/** A change that is shown before the API has answered. */
export interface Change {
  /** The beginning of the keys of the queries that it changes. */
  readonly queryKey: QueryKey;
  readonly edit: Edit;
  /** The keys of the rows that it adds. */
  readonly keys: readonly string[];
}

/** Returns what a change does to rows. `insert` returns a change that adds rows. */
export type Effect = (insert: (rows: readonly object[]) => Edit) => Edit;

let count = 0;

/** Returns the changes of a session, at first none. Each step of a change is told to `notify`. */
export function createChanges(client: QueryClient, notify: () => void) {
  /** A new array after each step, so that React sees it. */
  let pending: readonly Change[] = [];
  /** The keys of the rows that were shown before they had an id. */
  const keys = new Map<string, string>();
  /** What was shown last of the data of a query. */
  const shown = new WeakMap<object, { pending: readonly Change[]; result: Any }>();

  return {
    /** Returns the changes that are under way, oldest first. */
    getPending: () => pending,

    /** Shows a change. */
    begin(queryKey: QueryKey, effect: Effect): Change {
      const added: string[] = [];
      const known = new Set(
        client
          .getQueriesData({ queryKey })
          .flatMap(([, data]) => rowsOf(data))
          .map(({ id }) => id),
      );
      const edit = effect((rows) => {
        const shown = rows.map((row) => {
          const key = `pending-${++count}`;
          added.push(key);
          return { ...row, id: key, key, isPending: true };
        });
        return insertRows(shown, known);
      });
      const change = { queryKey, edit, keys: added };
      pending = [...pending, change];
      notify();
      return change;
    },

    /**
     * Ends a change. Its answer is stored in the same moment in which it is not shown any more, so that nothing
     * flickers. Without an answer, what was shown before is shown again.
     */
    end(change: Change, effect?: Effect): void {
      pending = pending.filter((other) => other !== change);
      const edit = effect?.((rows) => {
        rows.forEach((row, index) => {
          keys.set((row as Any).id, change.keys[index] as string);
        });
        return insertRows(rows);
      });
      if (edit) client.setQueriesData({ queryKey: change.queryKey }, (data: unknown) => editData(data, edit));
      notify();
    },

    /** Returns the row or the rows of a query with these changes. */
    show(key: QueryKey, data: Any, changes: readonly Change[]): Any {
      const last = shown.get(data);
      if (last?.pending === changes) return last.result;
      let view = editData(data, (rows) =>
        rows.map((row) => ({ ...row, key: keys.get(row.id) ?? row.id, isPending: false })),
      );
      for (const { queryKey, edit } of changes) if (partialMatchKey(key, queryKey)) view = editData(view, edit);
      const result = data.pages ? rowsOf(view) : view;
      shown.set(data, { pending: changes, result });
      return result;
    },
  };
}
