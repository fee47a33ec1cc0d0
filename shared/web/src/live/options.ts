/** What callers of live updates pass in, and what they get. */

import type { ChangeKey, CloseReason, LiveKey } from './messages.js';

/** The options of {@link Usher.live}. An error that a function throws is reported as uncaught. */
export interface LiveOptions {
  /**
   * Is told what has changed. `['all']` means that anything may have changed: read everything that is shown. That
   * follows after every connect, because changes before it were not heard.
   */
  onChange?: ((keys: readonly ChangeKey[]) => void) | undefined;
  /** Is told each status, first the current one. */
  onStatus?: ((status: LiveStatus) => void) | undefined;
  /** Does the same as {@link Live.close} when it aborts. */
  signal?: AbortSignal | undefined;
}

/** Live updates, as one caller of {@link Usher.live} gets them. */
export interface Live {
  /** The current status. */
  readonly status: LiveStatus;
  /**
   * Reads now, and again after each change of one of the keys and after every connect. It never reads twice at a time:
   * a change during a read makes it read once more afterwards.
   *
   * @param read reads and shows the result. Its signal aborts when the watch or the live updates end.
   * @param onError is told why a read failed. The next read follows after the next change or connect.
   * @returns the function that ends the watch.
   */
  watch(
    keys: readonly LiveKey[],
    read: (signal: AbortSignal) => Promise<unknown>,
    onError: (error: unknown) => void,
  ): () => void;
  /** Connects now instead of later, and also after `stopped`. */
  start(): void;
  /** Ends the updates. Nothing is told afterwards. The last one of a client closes the connection. */
  close(): void;
}

/** How live updates are. It never holds a token. */
export interface LiveStatus {
  state: LiveState;
  /** Why the API closed the last connection, if it said so. */
  reason?: CloseReason | undefined;
  /** Why the last try failed: a `UsherError`, or the error of `getToken`. */
  error?: unknown;
}

/** The states of live updates. */
export type LiveState =
  /** There is no connection. The client tries again until there is one. */
  | 'connecting'
  /** Changes are heard. With an `error`, the API has refused a renewal, which is repeated. */
  | 'open'
  /** `getToken` returns no token. The client asks it again from time to time, and connects when there is one. */
  | 'signed-out'
  /** The API has closed the connection for the `reason`. The client does not connect until the app calls `start`. */
  | 'stopped'
  /** The updates were ended. */
  | 'closed';

/** A class like `WebSocket` of browsers. The package `ws` has one for Node 20. */
export type WebSocketClass = new (url: string, protocols: string[]) => WebSocketLike;

/** The part of a `WebSocket` that the client uses. */
export interface WebSocketLike {
  readonly readyState: number;
  // biome-ignore-start lint/suspicious/noExplicitAny: the types of the events differ between browsers and packages
  onopen: ((event: any) => void) | null;
  onmessage: ((event: any) => void) | null;
  onclose: ((event: any) => void) | null;
  onerror: ((event: any) => void) | null;
  // biome-ignore-end lint/suspicious/noExplicitAny: see above
  send(data: string): void;
  close(): void;
}
