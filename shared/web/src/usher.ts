/** What a client offers: a method for each route of the API. */

import type {
  ClerkUser,
  CreateExchange,
  CreateMessage,
  CreateThread,
  DeleteOutcome,
  Exchange,
  LoginStatus,
  Message,
  Page,
  SearchHit,
  SearchPage,
  Settings,
  Thread,
  UpdateThread,
  UserCard,
} from './contract.js';
import type { Live, LiveOptions } from './live/options.js';
import type {
  Answer,
  CallOptions,
  CreateOptions,
  Creation,
  GetToken,
  Method,
  PageQuery,
  RequestOptions,
  SearchQuery,
  UpdateSettingsOptions,
} from './options.js';

/**
 * A client of the API.
 *
 * Every method rejects with a {@link UsherError}, with the reason of its `signal`, or with an error of `getToken`. It
 * rejects with a TypeError if the request cannot be sent, for example because an id is `..`.
 * A request that is safe to repeat is repeated after a network error, a time-out, 429, 502, 503, 504, 409 `conflict`
 * and 404 `user-not-synced`.
 */
export interface Usher {
  /** The caller. */
  readonly user: {
    /** Reads the caller's own Clerk user, without `private_metadata`. */
    get(options?: CallOptions): Promise<ClerkUser>;
    /** Reads whether the caller is signed in and stored. It does not fail without a token. */
    status(options?: CallOptions): Promise<LoginStatus>;
    /**
     * Deletes the account at Clerk and here, with all its data. Fails with `reverification-required` if the user must
     * verify a factor first.
     */
    delete(options?: CallOptions): Promise<DeleteOutcome>;
  };
  /** All users. */
  readonly users: {
    /** Reads the card of any user: name, username and image. */
    get(userId: string, options?: CallOptions): Promise<UserCard>;
  };
  /** The caller's threads. */
  readonly threads: {
    /** Creates a thread. A title has 1 to 200 characters. */
    create(thread?: CreateThread, options?: CreateOptions): Creation<Thread>;
    /** Reads a page. The thread that was created last is the first. */
    list(query?: PageQuery, options?: CallOptions): Promise<Page<Thread>>;
    /** Yields all threads in the same order. Each page is a call with these options. */
    all(query?: PageQuery, options?: CallOptions): AsyncGenerator<Thread, void>;
    /** Reads a thread. */
    get(threadId: string, options?: CallOptions): Promise<Thread>;
    /** Changes the title. `null` removes it. */
    update(threadId: string, change: UpdateThread, options?: CallOptions): Promise<Thread>;
    /** Deletes a thread and its messages. A repeat within a day succeeds as well. */
    delete(threadId: string, options?: CallOptions): Promise<void>;
  };
  /** The messages of the caller's threads. */
  readonly messages: {
    /** Adds a message. Its content has 1 byte to 100 KB. */
    create(threadId: string, message: CreateMessage, options?: CreateOptions): Creation<Message>;
    /** Reads a page. The oldest message is the first. */
    list(threadId: string, query?: PageQuery, options?: CallOptions): Promise<Page<Message>>;
    /** Yields all messages of a thread in the same order. Each page is a call with these options. */
    all(threadId: string, query?: PageQuery, options?: CallOptions): AsyncGenerator<Message, void>;
  };
  /** Pairs of a user's message and the assistant's answer. */
  readonly exchanges: {
    /** Adds both messages to a thread, or neither. */
    create(threadId: string, exchange: CreateExchange, options?: CreateOptions): Creation<Exchange>;
  };
  /** Finds words in the caller's threads and messages. */
  readonly search: {
    /**
     * Reads a page of the hits. The thread that was created last is the first: its title, then its messages, the newest
     * first. A page may have no hits although more follow, because a request looks through at most 4 MB.
     */
    list(query: SearchQuery, options?: CallOptions): Promise<SearchPage>;
    /** Yields all hits in the same order. Each page is a call with these options. */
    all(query: SearchQuery, options?: CallOptions): AsyncGenerator<SearchHit, void>;
  };
  /** The caller's settings. */
  readonly settings: {
    /** Reads the settings and their version. */
    get(options?: CallOptions): Promise<VersionedSettings>;
    /**
     * Changes the settings by a merge patch (RFC 7396), in which `null` removes a name. Afterwards they may have at
     * most 16 KB of JSON. With `ifMatch`, a lost answer is not repeated, because the first try may have succeeded.
     */
    update(patch: Settings, options?: UpdateSettingsOptions): Promise<VersionedSettings>;
  };
  /**
   * Sends a request to a route that has no method here, for example to one of your own. Tokens, tries, keys and
   * remembered answers are those of all other methods.
   *
   * @param path the path with its leading slash, already encoded.
   */
  request<T>(method: Method, path: string, options?: RequestOptions): Creation<Answer<T>>;
  /**
   * Returns a client with the same options for another caller, with remembered answers and a connection of its own. On
   * a server, it makes a client for each request. In React, `UsherProvider` makes one for each session.
   */
  withToken(getToken: GetToken): Usher;
  /**
   * Tells what has changed, whoever changed it. All callers share one connection. A change through this client is told
   * as soon as it has succeeded.
   *
   * @throws TypeError if there is no `WebSocket`, or if the address of live updates is none.
   */
  live(options?: LiveOptions): Live;
  /**
   * Forgets the remembered answers. Call it when the user signs out. Live updates connect anew, with the token of the
   * user who is signed in then.
   */
  clear(): void;
}

/** The settings of a user, and their version. */
export interface VersionedSettings {
  /** The settings. Empty if they were never changed. */
  values: Settings;
  /** The version, to be passed as `ifMatch`. */
  etag: string;
}
