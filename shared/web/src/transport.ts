/** Sends a request: token, tries, time and remembered answers. */

import { errorOfAnswer, networkError, UsherError } from './error.js';
import { EtagCache } from './etag-cache.js';
import { sleep, untilAborted, withLimit } from './limit.js';
import type { Answer, Method, RequestOptions, UsherOptions } from './options.js';
import { isRepeatable, waitBeforeRepeat } from './retry.js';
import { userOf } from './token.js';

/** A URL that paths can be added to: an origin or none, without a user, and a path. */
const USABLE_URL = /^(https?:\/\/[^/?#@\\\s]+|(?![/\\]{2}))(\/[^?#\s]*)?$/i;
/** A path with a segment `.` or `..`. URLs have none (RFC 3986 §5.2.4), so `fetch` would call another route. */
const DOT_SEGMENT = /^[^?#]*[/\\](\.|%2e){1,2}([/\\?#]|$)/i;
/** The longest time of `setTimeout` in milliseconds: about 24 days. It takes a longer one as 1 ms. */
const MAX_TIME = 2 ** 31 - 1;

/** A function that sends a request until it succeeds, or until a repeat is not safe or not promising. */
export type Send = (method: Method, path: string, options: RequestOptions) => Promise<Answer<unknown>>;

/**
 * Returns the function that sends a client's requests, and the answers that it remembers.
 *
 * @throws TypeError if the URL is none that paths can be added to.
 */
export function createTransport(client: UsherOptions): { send: Send; cache: EtagCache } {
  if (!USABLE_URL.test(client.url))
    throw new TypeError('url must begin with https://, http:// or /, without a user, query or fragment');
  const cache = new EtagCache();
  const base = client.url.replace(/\/+$/, '');
  const fetchAnswer = client.fetch ?? ((url: string, init: RequestInit) => fetch(url, init));
  const { tryTimeout = 12_000 } = client;

  /** Sends the request once. */
  async function tryOnce(
    method: Method,
    url: string,
    options: RequestOptions,
    token: string | null | undefined,
    signal: AbortSignal,
  ): Promise<Answer<unknown>> {
    const user = method === 'GET' && userOf(token);
    const key = user && `${user} ${url}`;
    const remembered = key ? cache.get(key) : undefined;
    const headers: Record<string, string> = {};
    if (token) headers.authorization = `Bearer ${token}`;
    if (options.body !== undefined) headers['content-type'] = 'application/json';
    if (options.idempotencyKey) headers['idempotency-key'] = options.idempotencyKey;
    if (options.ifMatch !== undefined) headers['if-match'] = options.ifMatch;
    if (remembered) headers['if-none-match'] = remembered.etag;
    const body = options.body === undefined ? null : JSON.stringify(options.body);
    try {
      new Headers(headers);
    } catch {
      // The error would quote the value, which may be the token.
      throw new TypeError('a header cannot have this token, idempotencyKey or ifMatch');
    }
    let response: Response;
    let text: string;
    try {
      // The API redirects no request. Another address must not get it, and a POST must not become a GET.
      response = await fetchAnswer(url, { method, headers, body, signal, redirect: 'manual' });
      text = await response.text();
    } catch (error) {
      throw networkError(error);
    }
    const etag = response.headers.get('etag');
    if (remembered && response.status === 304) return { body: JSON.parse(remembered.text), etag: remembered.etag };
    // AWS quotes the header `Authorization` in some of its own answers.
    if (!response.ok) throw errorOfAnswer(response, token ? text.replaceAll(token, '…') : text);
    try {
      const parsed = text ? JSON.parse(text) : undefined;
      if (key && etag && text) cache.set(key, etag, text);
      return { body: parsed, etag };
    } catch {
      throw errorOfAnswer(response, text);
    }
  }

  const send: Send = async (method, path, options) => {
    const timeout = Math.min(options.timeout ?? client.timeout ?? 30_000, MAX_TIME);
    const tryTime = Math.min(tryTimeout, timeout);
    const maxTries = options.tries ?? client.tries ?? 6;
    const end = performance.now() + timeout;
    // Without its slash, or with two, a path would change the host. A browser takes a backslash as a slash.
    const rooted = path.replace(/^[/\\\s]*/, '/');
    if (DOT_SEGMENT.test(rooted)) throw new TypeError('no segment of a path may be . or ..');
    const url = base + rooted + queryOf(options.query);
    if (url[0] === '/' && !client.fetch && !globalThis.location)
      throw new TypeError('url must begin with https:// or http:// outside of a page');
    let lastError: UsherError | undefined;
    const timedOut = (ms: number) => () =>
      new UsherError(0, 'timeout', `no answer within ${ms} ms`, { cause: lastError });

    return withLimit(timeout, options.signal, timedOut(timeout), async (signal) => {
      let token: string | null | undefined;
      let tries = 0;
      let isRenewed = false;
      let isRenewing = false;
      for (;;) {
        const earlier = token;
        token = await untilAborted(
          signal,
          Promise.resolve(client.getToken?.(isRenewing ? { skipCache: true } : undefined)),
        );
        // Another user has signed in between two tries, or nobody. The repeat would be a request of theirs.
        if (earlier && (!token || userOf(token) !== userOf(earlier))) throw lastError;
        try {
          return await withLimit(tryTime, signal, timedOut(tryTime), (limited) =>
            tryOnce(method, url, options, token, limited),
          );
        } catch (error) {
          if (signal.aborted || !(error instanceof UsherError)) throw error;
          lastError = error;
        }
        isRenewing = lastError.status === 401 && lastError.code !== 'user-deleted' && !!token && !isRenewed;
        if (isRenewing) {
          isRenewed = true;
          continue;
        }
        const wait = waitBeforeRepeat(lastError, ++tries);
        const isTooLate = tries >= maxTries || performance.now() + wait >= end;
        if (isTooLate || !isRepeatable(lastError, options.ifMatch !== undefined)) throw lastError;
        await sleep(wait, signal);
      }
    });
  };
  return { send, cache };
}

function queryOf(query: RequestOptions['query']): string {
  const pairs = Object.entries(query ?? {}).filter(([, value]) => value != null);
  // It writes numbers as texts.
  const text = new URLSearchParams(pairs as [string, string][]).toString();
  return text && `?${text}`;
}
