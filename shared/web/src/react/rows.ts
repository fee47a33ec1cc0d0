/** Rows as the hooks show them: what the API has sent, with the changes that are under way. */

import type { Page } from '../contract.js';

/** Something that a hook shows. */
export type Shown<T> = T & {
  /** Whether it is shown as the API is expected to answer. */
  readonly isPending: boolean;
};

/** A row as a hook shows it. If it is new and pending, its `id` is none that the API knows. */
export type Row<T> = Shown<T> & {
  /** The key for React. It stays the same when the API's row replaces the one that was shown before the answer. */
  readonly key: string;
};

/** A row of any kind, the settings, or the data of a query. */
// biome-ignore lint/suspicious/noExplicitAny: the key of a query says what its data is
export type Any = any;

/**
 * Returns the rows after a change. The same function shows a change before its answer, and stores it afterwards.
 *
 * @param isFirst whether the rows are the first ones of their list.
 * @param isLast whether the rows are the last ones of their list.
 */
export type Edit = (rows: readonly Any[], isFirst?: boolean, isLast?: boolean) => readonly Any[];

/** Applies a change to the data of a query: to each page of a list, or to a single row, which it does not remove. */
export function editData(data: Any, edit: Edit): Any {
  if (!data?.pages) return data && (edit([data])[0] ?? data);
  return {
    ...data,
    pages: data.pages.map((page: Page<Any>, index: number) => ({
      ...page,
      items: edit(page.items, !index, !page.next_cursor),
    })),
  };
}

/** Returns the rows of all pages of a list. */
export function rowsOf(data: Any): Any[] {
  return data?.pages?.flatMap((page: Any) => page.items) ?? [];
}

/** The fields that a creation sets. */
const CONTENT = ['title', 'role', 'content'];

/**
 * Returns a change that adds rows: threads at the beginning of a list, and messages at its end, if that is shown.
 *
 * A bell may bring the API's row before the answer to its creation. The API does not say which request created a row,
 * so a new row of the same content is taken for it.
 *
 * @param known the ids of the rows before the change. Only for a change that is under way.
 */
export function insertRows(added: readonly Any[], known?: ReadonlySet<string>): Edit {
  return (rows, isFirst, isLast) => {
    let result = rows;
    for (const row of added) {
      const isMessage = 'content' in row;
      const found = result.find(
        (other) =>
          other.id === row.id ||
          (known &&
            !known.has(other.id) &&
            !other.isPending &&
            other.key === other.id &&
            CONTENT.every((name) => other[name] === row[name])),
      );
      if (found) result = result.map((other) => (known && other === found ? { ...other, key: row.key } : other));
      else if (isMessage ? isLast : isFirst) result = isMessage ? [...result, row] : [row, ...result];
    }
    return result;
  };
}

/** Returns the target after a merge patch (RFC 7396), in which `null` removes a name. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: Record<string, unknown> = { ...(isObject(target) && target) };
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = mergePatch(result[name], value);
  }
  return result;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value instanceof Object && !Array.isArray(value);
}
