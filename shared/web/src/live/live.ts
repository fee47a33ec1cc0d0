/** Live updates of one client: all its callers share one connection. */

import type { UsherOptions } from '../options.js';
import { type Connection, createConnection } from './connection.js';
import type { ChangeKey, LiveKey } from './messages.js';
import type { Live, LiveOptions, LiveStatus, WebSocketClass } from './options.js';
import { onWake } from './wake.js';
import { createReader } from './watch.js';

/** The time in milliseconds in which changes are collected, because one change often rings several times. */
const COLLECTING_TIME = 25;

/** The status before the first caller, and after the last one. */
const CLOSED: LiveStatus = { state: 'closed' };

/** The live updates of a client. */
export interface LiveUpdates {
  /** Begins updates for a caller. */
  live(options?: LiveOptions): Live;
  /** Tells all callers at once of a change that this client has made. */
  tell(keys: readonly LiveKey[]): void;
  /** Connects anew, with the token of the user who is signed in now. */
  restart(): void;
}

/** Returns the live updates of a client. They connect for the first caller. */
export function createLiveUpdates(client: UsherOptions): LiveUpdates {
  /** The callers that are told, and their watches. */
  const listeners = new Set<LiveOptions>();
  const collected = new Set<ChangeKey>();
  let callers = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let status = CLOSED;
  let connection: Connection | undefined;
  let endWake = () => {};

  /** Calls each listener that is still one when its turn comes. */
  function callAll(call: (listener: LiveOptions) => void): void {
    for (const listener of [...listeners]) if (listeners.has(listener)) call(listener);
  }

  function tellCollected(): void {
    clearTimeout(timer);
    timer = undefined;
    const keys: ChangeKey[] = collected.has('all') ? ['all'] : [...collected];
    collected.clear();
    if (keys.length) callAll(({ onChange }) => callSafely(onChange, keys));
  }

  function collect(keys: readonly ChangeKey[]): void {
    for (const key of keys) collected.add(key);
    timer ??= setTimeout(tellCollected, COLLECTING_TIME);
  }

  function setStatus(next: LiveStatus): void {
    const isSame = next.state === status.state && next.reason === status.reason && next.error === status.error;
    status = next;
    if (!isSame) callAll(({ onStatus }) => callSafely(onStatus, next));
  }

  function connect(): void {
    const { getToken = () => null, tryTimeout = 12_000 } = client;
    const socketOptions = { url: addressOf(client), WebSocket: webSocketOf(client), getToken, tryTimeout };
    connection = createConnection(socketOptions, { changed: collect, status: setStatus });
    endWake = onWake(connection.wake);
    connection.start();
  }

  function disconnect(): void {
    connection?.close();
    connection = undefined;
    endWake();
    clearTimeout(timer);
    timer = undefined;
    collected.clear();
    status = CLOSED;
  }

  function live(options: LiveOptions = {}): Live {
    const { signal, onChange, onStatus } = options;
    const listener: LiveOptions = { onChange, onStatus };
    const watches = new Set<() => void>();
    let isClosed = signal?.aborted ?? false;

    function close(): void {
      if (isClosed) return;
      isClosed = true;
      signal?.removeEventListener('abort', close);
      listeners.delete(listener);
      for (const end of watches) end();
      if (!--callers) disconnect();
    }

    function watch(
      keys: readonly LiveKey[],
      read: (signal: AbortSignal) => Promise<unknown>,
      onError: (error: unknown) => void,
    ): () => void {
      const controller = new AbortController();
      const run = createReader(read, (error) => callSafely(onError, error), controller.signal);
      const isOurs = (key: ChangeKey) => key === 'all' || keys.includes(key);
      const listener: LiveOptions = { onChange: (changed) => changed.some(isOurs) && run() };
      const end = () => {
        controller.abort();
        listeners.delete(listener);
        watches.delete(end);
      };
      if (!isClosed) {
        listeners.add(listener);
        watches.add(end);
        run();
      }
      return end;
    }

    if (!isClosed) {
      if (!connection) connect();
      callers++;
      signal?.addEventListener('abort', close);
      // Later, so that the caller has the result when it is told.
      Promise.resolve().then(() => {
        if (isClosed) return;
        listeners.add(listener);
        callSafely(onStatus, status);
        if (status.state === 'open') callSafely(onChange, ['all']);
      });
    }
    return {
      get status() {
        return isClosed ? CLOSED : status;
      },
      watch,
      start: () => {
        if (!isClosed) connection?.start();
      },
      close,
    };
  }

  return {
    live,
    tell(keys) {
      collect(keys);
      tellCollected();
    },
    restart() {
      connection?.close();
      connection?.start();
    },
  };
}

/** Calls a function of the app. An error of it is reported as uncaught, and harms nobody else. */
function callSafely<T>(call: ((value: T) => void) | undefined, value: T): void {
  try {
    call?.(value);
  } catch (error) {
    setTimeout(() => {
      throw error;
    });
  }
}

/** Returns the address for WebSockets. A path is one of the page's own origin. */
function addressOf({ url, liveUrl = `${url.replace(/\/+$/, '')}/live` }: UsherOptions): string {
  return new URL(liveUrl, (globalThis as Partial<typeof globalThis>).location?.href).href.replace(/^http/, 'ws');
}

function webSocketOf(client: UsherOptions): WebSocketClass {
  const found = client.WebSocket ?? (globalThis as Partial<typeof globalThis>).WebSocket;
  if (!found) throw new TypeError('live needs a WebSocket, and Node 20 has none: pass one as the option WebSocket');
  return found;
}
