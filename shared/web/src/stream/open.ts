/** Begins a streamed answer: token, tries and time. */

import { errorOfAnswer, networkError, UsherError } from '../error.js';
import { sleep, untilAborted, withLimit } from '../limit.js';
import { isRepeatable, waitBeforeRepeat } from '../retry.js';
import { userOf } from '../token.js';
import type { StreamsOptions } from './streams.js';

/** A streamed answer whose status is 2xx. */
export interface OpenAnswer {
  /** Its parts. Ends with an error if the connection breaks off, or if nothing comes for too long. */
  parts: AsyncGenerator<Uint8Array<ArrayBuffer>, void>;
}

/** A request of the streaming API. */
export interface OpenRequest {
  signal?: AbortSignal | undefined;
  method?: 'GET' | 'POST' | 'DELETE';
  /** The body of a `POST`, which has a key, so that a repeat is safe. */
  body?: { readonly key: string; readonly value: unknown };
  /** Whether the route is one of the other API. */
  isOfApi?: boolean;
}

/** A function that sends a request until its answer begins, or until a repeat is not promising. */
export type Open = (path: string, request: OpenRequest) => Promise<OpenAnswer>;

/** A URL that paths can be added to. */
const USABLE_URL = /^(https?:\/\/[^/?#@\\\s]+|(?![/\\]{2}))(\/[^?#\s]*)?$/i;

/** Returns the function that begins the streamed answers of a client. */
export function createOpen({
  url,
  streamUrl,
  getToken,
  fetch: ownFetch,
  tries: maxTries = 6,
  ...times
}: StreamsOptions): Open {
  const api = url.replace(/\/+$/, '');
  const base = streamUrl?.replace(/\/+$/, '') ?? `${api}/stream`;
  if (!USABLE_URL.test(base))
    throw new TypeError('url must begin with https://, http:// or /, without a user, query or fragment');
  const send = ownFetch ?? ((url: string, init: RequestInit) => fetch(url, init));
  const { idleTimeout = 30_000 } = times;
  const idle = () => new UsherError(0, 'timeout', `nothing came within ${idleTimeout} ms`);

  /** Sends the request once. */
  async function tryOnce(
    path: string,
    { method = 'GET', body, isOfApi }: OpenRequest,
    token: string | null | undefined,
    signal: AbortSignal,
  ): Promise<Response> {
    const headers = {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(body && { 'content-type': 'application/json', 'idempotency-key': body.key }),
    };
    let response: Response;
    let text: string;
    try {
      response = await send((isOfApi ? api : base) + path, {
        method,
        headers,
        ...(body && { body: JSON.stringify(body.value) }),
        signal,
        redirect: 'manual',
      });
      if (response.ok) return response;
      text = await response.text();
    } catch (error) {
      throw networkError(error);
    }
    // The streaming API is a REST API, whose gateway names requests in another header.
    const idHeader = isOfApi ? undefined : 'x-amzn-requestid';
    throw errorOfAnswer(response, token ? text.replaceAll(token, '…') : text, idHeader);
  }

  return async (path, request) => {
    const { signal: outer = new AbortController().signal } = request;
    // Aborts the request when its reader leaves.
    const controller = new AbortController();
    const abort = () => controller.abort(outer.reason);
    outer.addEventListener('abort', abort);
    const close = () => {
      outer.removeEventListener('abort', abort);
      controller.abort();
    };
    try {
      outer.throwIfAborted();
      const response = await begin(path, request, controller.signal);
      return { parts: partsOf(response, controller.signal, close) };
    } catch (error) {
      close();
      throw error;
    }
  };

  async function begin(path: string, request: OpenRequest, signal: AbortSignal): Promise<Response> {
    let token: string | null | undefined;
    let isRenewing = false;
    let isRenewed = false;
    let lastError: unknown;
    for (let tries = 1; ; ) {
      const earlier = token;
      token = await untilAborted(signal, Promise.resolve(getToken?.(isRenewing ? { skipCache: true } : undefined)));
      // Another user has signed in between two tries, or nobody.
      if (earlier && (!token || userOf(token) !== userOf(earlier))) throw lastError;
      try {
        return await withHead(signal, (limited) => tryOnce(path, request, token, limited));
      } catch (error) {
        if (signal.aborted || !(error instanceof UsherError)) throw error;
        lastError = error;
        isRenewing = error.status === 401 && error.code !== 'user-deleted' && !!token && !isRenewed;
        isRenewed ||= isRenewing;
        if (isRenewing) continue;
        // Only the operator can change that.
        const isHopeless = error.code === 'model-not-configured';
        if (tries++ >= maxTries || isHopeless || !isRepeatable(error, false)) throw error;
        await sleep(waitBeforeRepeat(error, tries - 1), signal);
      }
    }
  }

  /** Waits for the head of an answer. The request must live on after it, so only the wait has a limit. */
  async function withHead(signal: AbortSignal, step: (signal: AbortSignal) => Promise<Response>): Promise<Response> {
    const controller = new AbortController();
    signal.addEventListener('abort', () => controller.abort(signal.reason), { once: true });
    const timer = setTimeout(() => controller.abort(idle()), idleTimeout);
    try {
      return await untilAborted(controller.signal, step(controller.signal));
    } finally {
      clearTimeout(timer);
    }
  }

  async function* partsOf(
    response: Response,
    signal: AbortSignal,
    close: () => void,
  ): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
    const reader = response.body?.getReader();
    try {
      while (reader) {
        const { value, done } = await withLimit(idleTimeout, signal, idle, () => reader.read());
        if (done) return;
        yield value as Uint8Array<ArrayBuffer>;
      }
    } catch (error) {
      throw signal.aborted || error instanceof UsherError ? error : networkError(error);
    } finally {
      close();
    }
  }
}
