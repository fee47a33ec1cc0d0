/** What callers pass in: the options of a client and of a single call. */

import type { SearchKind } from './contract.js';
import type { WebSocketClass } from './live/options.js';

/**
 * Returns Clerk's session token, or `null` if nobody is signed in; the request is then sent without one. Pass `getToken`
 * of Clerk's `useAuth` or `auth`. It is asked before each try, and with `skipCache: true` after a 401.
 */
export type GetToken = (options?: {
  skipCache?: boolean;
  // Never set. On servers, Clerk's options have only this name in common with the client's.
  template?: string;
}) => Promise<string | null | undefined> | string | null | undefined;

/** The options of {@link createUsher}. */
export interface UsherOptions {
  /**
   * The address of the API, for example `https://api.example.com`. A path of the page's own origin works too. Neither
   * may have a user, a query or a fragment.
   */
  url: string;
  /**
   * Who is calling. Without it, requests are sent without a token, until {@link Usher.withToken} gives one.
   */
  getToken?: GetToken | undefined;
  /** Sends the requests. The default is the global `fetch`. */
  fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
  /**
   * The maximum time of a call with all its tries and waits, in milliseconds. The default is 30,000. `Infinity` means
   * 2^31 - 1, the longest time of `setTimeout`.
   */
  timeout?: number | undefined;
  /**
   * The maximum time of one try in milliseconds. The default is 12,000, because a function of the API takes at most
   * 10 s. The deletion of an account may take 20 s; it is safe to repeat.
   */
  tryTimeout?: number | undefined;
  /** The maximum number of tries of a call, at least 1. The default is 6. A new token after a 401 does not count. */
  tries?: number | undefined;
  /**
   * The address of live updates, for example `wss://live.example.com/live`. On AWS, it is another one than that of the
   * API. The default is `/live` below `url`, which is right for `cargo dev`.
   */
  liveUrl?: string | undefined;
  /** Opens the connection of live updates. The default is the global `WebSocket`. Node 20 has none. */
  WebSocket?: WebSocketClass | undefined;
}

/** The options of every call. */
export interface CallOptions {
  /** Ends the call at once, also while it waits. The call then rejects with the reason of the signal. */
  signal?: AbortSignal | undefined;
  /** Replaces the client's `timeout` for this call, in milliseconds. */
  timeout?: number | undefined;
  /** Replaces the client's `tries` for this call. */
  tries?: number | undefined;
}

/** The query of a list. */
export interface PageQuery {
  /** The maximum number of items, 1 to 100. The API's default is 50. A page may have fewer, or none. */
  limit?: number | undefined;
  /** The `next_cursor` of the page before. Without it, the first page is read. */
  cursor?: string | null | undefined;
}

/** What is searched, and which page of the hits is read. */
export interface SearchQuery extends PageQuery {
  /**
   * The words, 1 to 200 characters and at most 10 different words. All of them must occur, in any order; of the last one,
   * the beginning is enough. Case and accents do not count.
   */
  q: string;
  /** Only the titles of threads, or only the contents of messages. Both if it is left out. */
  kind?: SearchKind | undefined;
}

/** The options of a call that creates something. */
export interface CreateOptions extends CallOptions {
  /**
   * Makes a repeat harmless for 24 hours: 1 to 64 printable ASCII characters. Every call has its own key if none is
   * given. Give the key of an earlier call to repeat that call.
   */
  idempotencyKey?: string | undefined;
}

/** The options of {@link Usher.settings.update}. */
export interface UpdateSettingsOptions extends CallOptions {
  /** The `etag` that the settings must still have. Otherwise the call fails with `version-mismatch`. */
  ifMatch?: string | undefined;
}

/** The methods of {@link Usher.request}. A repeat of any but POST must have the same effect. A POST has a key for that. */
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** The options of {@link Usher.request}. */
export interface RequestOptions extends CreateOptions, UpdateSettingsOptions {
  /** The query. Values that are `null` or `undefined` are left out. */
  query?: { readonly [name: string]: unknown } | undefined;
  /** The body, which is sent as JSON. */
  body?: unknown;
}

/** A successful answer. */
export interface Answer<T> {
  /** The parsed body. `undefined` if the answer has none (204). */
  body: T;
  /** The version of the body, if the API sent one. */
  etag: string | null;
}

/** The result of a call that creates something, with the key of the request. */
export type Creation<T> = Promise<T> & {
  /** The `Idempotency-Key` of all tries. It is known at once, so it can mark an optimistic row. */
  readonly idempotencyKey: string;
};
