/** A server of live updates that answers as a test says, over real sockets. */

import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { PROTOCOL } from '../../src/live/messages.js';

/** A dial that was not refused. */
export interface Accepted {
  /** The token of the subprotocol. */
  token: string;
  /** Resolves with the token of the next hello. Other messages fail the test. */
  hello(): Promise<string>;
  /** The number of hellos that no `hello()` has taken. */
  untaken(): number;
  /** Sends a message. Text is sent as it is. */
  send(message: object | string): void;
  /** Answers a hello by `ready`, with 8 minutes if no other time is given. */
  ready(renewIn?: number): void;
  /** Cuts the connection. */
  cut(): void;
  /** Whether the socket is open. */
  isOpen(): boolean;
  /** Resolves when the socket is closed. */
  closed: Promise<void>;
}

/** A running server. */
export interface LiveServer {
  /** The address as clients get it, without `/live`. */
  url: string;
  /** The tokens of all dials so far, oldest first. */
  dials: string[];
  /** What happens to the next dials instead of their acceptance, one each: this status, or no answer at all. */
  faults: (number | 'hang')[];
  /** Resolves with the next connection that was accepted and not yet taken. */
  accept(): Promise<Accepted>;
  /** Accepts the next connection, and its first hello. */
  acceptReady(): Promise<Accepted>;
  /** Resolves when the server has seen this number of dials. */
  untilDialled(count: number): Promise<void>;
  /** Resolves when everything that was sent to the server before has arrived. */
  settle(): Promise<void>;
}

/** A queue whose readers wait for items. */
function createQueue<T>() {
  const items: T[] = [];
  const readers: ((item: T) => void)[] = [];
  return {
    items,
    push(item: T) {
      const reader = readers.shift();
      if (reader) reader(item);
      else items.push(item);
    },
    async take(): Promise<T> {
      if (items.length) return items.shift() as T;
      return new Promise((resolve) => readers.push(resolve));
    },
  };
}

function accepted(socket: WebSocket, token: string): Accepted {
  const hellos = createQueue<string>();
  socket.on('message', (data) => {
    const { type, token, ...others } = JSON.parse(String(data));
    if (type !== 'hello' || Object.keys(others).length) throw new Error(`unexpected message ${data}`);
    hellos.push(token);
  });
  const send = (message: object | string) =>
    socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  return {
    token,
    hello: () => hellos.take(),
    untaken: () => hellos.items.length,
    send,
    ready: (renewIn = 480_000) => send({ type: 'ready', renew_in_ms: renewIn }),
    cut: () => socket.terminate(),
    isOpen: () => socket.readyState === WebSocket.OPEN,
    closed: once(socket, 'close').then(() => {}),
  };
}

/** Starts a server. It ends with the test. */
export async function startLiveServer(): Promise<LiveServer> {
  const http = createServer();
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => PROTOCOL });
  const queue = createQueue<Accepted>();
  const waiting: { count: number; resolve: () => void }[] = [];
  const server: LiveServer = {
    url: '',
    dials: [],
    faults: [],
    accept: queue.take,
    async acceptReady() {
      const socket = await queue.take();
      await socket.hello();
      socket.ready();
      return socket;
    },
    untilDialled: (count) =>
      server.dials.length >= count ? Promise.resolve() : new Promise((resolve) => waiting.push({ count, resolve })),
    async settle() {
      // The second probe is sent after what a client does when its own socket has just opened or closed.
      for (let probe = 0; probe < 2; probe++) {
        // Not `fetch`, because that has timers of its own, which a test may count.
        const [response] = await once(get(server.url, { agent: false }), 'response');
        await once(response.resume(), 'close');
      }
    },
  };
  http.on('request', (_request, response) => response.end());
  http.on('upgrade', (request: IncomingMessage, socket, head) => {
    const protocols = request.headers['sec-websocket-protocol']?.split(/, ?/) ?? [];
    const token = protocols[1]?.replace(/^bearer\./, '') ?? '';
    if (request.url !== '/live' || protocols[0] !== PROTOCOL) throw new Error(`unexpected dial of ${request.url}`);
    server.dials.push(token);
    for (const { count, resolve } of waiting) if (server.dials.length >= count) resolve();
    const fault = server.faults.shift();
    if (fault === 'hang') return;
    if (fault) socket.end(`HTTP/1.1 ${fault} Refused\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
    else sockets.handleUpgrade(request, socket, head, (socket) => queue.push(accepted(socket, token)));
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  server.url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  onTestFinished(() => {
    for (const socket of sockets.clients) socket.terminate();
    http.closeAllConnections();
    http.close();
  });
  return server;
}
