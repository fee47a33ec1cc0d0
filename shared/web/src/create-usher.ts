/** Creates a client. */

import type { Settings } from './contract.js';
import { keysOfChange } from './live/keys.js';
import { createLiveUpdates } from './live/live.js';
import type {
  Answer,
  CallOptions,
  CreateOptions,
  Creation,
  Method,
  PageQuery,
  RequestOptions,
  UsherOptions,
} from './options.js';
import { readAll } from './pages.js';
import { createTransport } from './transport.js';
import type { Usher } from './usher.js';

/**
 * Creates a client of the API. It remembers the last answers, and it has one connection if it is live, so create one
 * for a page, or for a server, and not one for each call. A client may serve several users, if `getToken` returns the
 * token of the current one.
 */
export function createUsher(options: UsherOptions): Usher {
  const { send, cache } = createTransport(options);
  const { live, tell, restart } = createLiveUpdates(options);

  function request<T>(method: Method, path: string, options: RequestOptions = {}): Creation<Answer<T>> {
    const idempotencyKey = method === 'POST' ? options.idempotencyKey || newKey() : '';
    const answer = send(method, path, { ...options, idempotencyKey }) as Promise<Answer<T>>;
    // Before the caller gets the answer. Only the caller handles an error.
    if (method !== 'GET')
      answer.then(
        ({ body }) => tell(keysOfChange(path, body)),
        () => {},
      );
    return Object.assign(answer, { idempotencyKey });
  }
  const call = async <T>(method: Method, path: string, options?: RequestOptions) =>
    (await request<T>(method, path, options)).body;
  const list = <T>(path: string, query?: PageQuery, options?: CallOptions) =>
    call<T>('GET', path, { ...options, query: { ...query } });
  const create = <T>(path: string, body: unknown, options?: CreateOptions) => {
    const answer = request<T>('POST', path, { ...options, body });
    return Object.assign(
      answer.then(({ body }) => body),
      { idempotencyKey: answer.idempotencyKey },
    );
  };
  const callSettings = async (method: Method, options?: RequestOptions) => {
    const { body, etag } = await request<Settings>(method, '/settings', options);
    // Without an ETag, the empty text lets a conditional change fail instead of being unconditional.
    return { values: body, etag: etag ?? '' };
  };

  const usher: Usher = {
    user: {
      get: (options) => call('GET', '/users/me', options),
      status: (options) => call('GET', '/users/me/status', options),
      delete: (options) => call('DELETE', '/users/me', options),
    },
    users: {
      get: (userId, options) => call('GET', `/users/${encodeURIComponent(userId)}`, options),
    },
    threads: {
      create: (thread = {}, options) => create('/threads', thread, options),
      list: (query, options) => list('/threads', query, options),
      all: (query, options) => readAll((page) => usher.threads.list(page, options), query),
      get: (threadId, options) => call('GET', pathOf(threadId), options),
      update: (threadId, body, options) => call('PATCH', pathOf(threadId), { ...options, body }),
      delete: (threadId, options) => call('DELETE', pathOf(threadId), options),
    },
    messages: {
      create: (threadId, message, options) => create(pathOf(threadId, 'messages'), message, options),
      list: (threadId, query, options) => list(pathOf(threadId, 'messages'), query, options),
      all: (threadId, query, options) => readAll((page) => usher.messages.list(threadId, page, options), query),
    },
    exchanges: {
      create: (threadId, exchange, options) => create(pathOf(threadId, 'exchanges'), exchange, options),
    },
    search: {
      list: (query, options) => list('/search', query, options),
      all: (query, options) => readAll((page) => usher.search.list(page, options), query),
    },
    settings: {
      get: (options) => callSettings('GET', options),
      update: (patch, options) => callSettings('PATCH', { ...options, body: patch }),
    },
    request,
    withToken: (getToken) => createUsher({ ...options, getToken }),
    live,
    clear: () => {
      cache.clear();
      restart();
    },
  };
  return usher;
}

/** Returns the path of a thread, or of its messages or exchanges. */
function pathOf(threadId: string, children = ''): string {
  return `/threads/${encodeURIComponent(threadId)}${children && `/${children}`}`;
}

/** Returns 128 random bits as hexadecimal digits. `crypto.randomUUID` is missing in pages that are not served by TLS. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
