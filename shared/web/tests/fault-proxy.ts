/**
 * A proxy between client and API that counts requests and injects the faults of the network and of API Gateway. The
 * faults of Clerk are made by its emulator, see `controls.ts`.
 */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inject, onTestFinished } from 'vitest';

/** What happens to one request instead of the normal answer. */
export type Fault =
  /** The connection is cut before the API sees the request. */
  | 'cut'
  /** The API answers, and the connection is cut before the client sees the answer. */
  | 'lose'
  /** The client gets no answer and no end of the connection. */
  | 'hang'
  /** The client gets this answer, and the API does not see the request. */
  | { status: number; headers?: Record<string, string>; body?: string };

/** A request that reached the proxy. */
export interface SeenRequest {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  /** The status that the API answered. Missing if it did not see the request. */
  status?: number;
}

/** A running proxy. */
export interface FaultProxy {
  url: string;
  /** All requests so far, oldest first. */
  seen: SeenRequest[];
  /** The faults of the next requests, one each. Requests after them pass. */
  faults: Fault[];
  /** Resolves when the proxy has seen this number of requests. */
  untilSeen: (count: number) => Promise<void>;
}

/** Starts a proxy in front of the API. It ends with the test. */
export async function startFaultProxy(): Promise<FaultProxy> {
  const proxy: FaultProxy = { url: '', seen: [], faults: [], untilSeen };
  const waiting: { count: number; resolve: () => void }[] = [];
  function untilSeen(count: number): Promise<void> {
    if (proxy.seen.length >= count) return Promise.resolve();
    return new Promise((resolve) => waiting.push({ count, resolve }));
  }
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const seen: SeenRequest = { method: request.method ?? '', path: request.url ?? '', headers: request.headers };
    proxy.seen.push(seen);
    for (const { count, resolve } of waiting) if (proxy.seen.length >= count) resolve();
    const fault = proxy.faults.shift();
    if (fault === 'cut') request.socket.destroy();
    if (typeof fault === 'object') response.writeHead(fault.status, fault.headers).end(fault.body);
    if (fault && fault !== 'lose') return;
    const answer = await forward(request);
    seen.status = answer.status;
    if (fault === 'lose') {
      request.socket.destroy();
      return;
    }
    // `fetch` has decoded the body, and this server sets the length itself.
    const headers = [...answer.headers].filter(([name]) => !/^connection$|^content-length$|-encoding$/.test(name));
    response.writeHead(answer.status, headers.flat()).end(Buffer.from(await answer.arrayBuffer()));
  };
  const server = createServer((request, response) => {
    handle(request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  proxy.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return proxy;
}

async function forward(request: IncomingMessage): Promise<Response> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const headers = new Headers();
  for (const name of ['authorization', 'content-type', 'idempotency-key', 'if-match', 'if-none-match']) {
    const value = request.headers[name];
    if (typeof value === 'string') headers.set(name, value);
  }
  const body = chunks.length ? Buffer.concat(chunks) : null;
  return fetch(`${inject('apiUrl')}${request.url}`, { method: request.method ?? 'GET', headers, body });
}
