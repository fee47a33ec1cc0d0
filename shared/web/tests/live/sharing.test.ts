/** Several callers of one client, their options, and the errors of their functions. */

import { expect, test, vi } from 'vitest';
import { WebSocket as NodeWebSocket } from 'ws';
import { createUsher, type UsherOptions } from '../../src/index.js';
import { createClient, pass, record, tokenOf, useFakeTime } from './recorder.js';
import { startLiveServer } from './server.js';

test('all callers of a client share one socket', async () => {
  useFakeTime();
  const server = await startLiveServer();
  const usher = createClient(server.url);
  const [first, second] = [record(usher), record(usher)];
  const socket = await server.acceptReady();
  await Promise.all([first.untilStatus('open'), second.untilStatus('open')]);
  await pass(25);
  socket.send({ type: 'changed', keys: ['user'] });
  await server.settle();
  await pass(25);
  for (const { changes } of [first, second]) expect(changes).toEqual([['all'], ['user']]);
  first.live.close();
  first.live.close();
  expect(first.live.status).toEqual({ state: 'closed' });
  await server.settle();
  expect(socket.isOpen()).toBe(true);
  second.live.close();
  await socket.closed;
  expect(server.dials).toHaveLength(1);
});

test('a later caller is told the status, and to read everything', async () => {
  const server = await startLiveServer();
  const usher = createClient(server.url);
  const first = record(usher);
  await server.acceptReady();
  await first.untilChanges(1);
  const later = record(usher);
  expect(later.changes).toEqual([]);
  await later.untilChanges(1);
  expect(later.statuses).toEqual([{ state: 'open' }]);
  expect(later.changes).toEqual([['all']]);
  expect(first.changes).toEqual([['all']]);
});

test('a client that was closed connects for its next caller', async () => {
  const server = await startLiveServer();
  const usher = createClient(server.url);
  for (let round = 0; round < 2; round++) {
    const recorder = record(usher);
    const socket = await server.acceptReady();
    await recorder.untilChanges(1);
    recorder.live.close();
    await socket.closed;
  }
});

test('a later caller is not told what came before it', async () => {
  useFakeTime();
  const server = await startLiveServer();
  const usher = createClient(server.url, { fetch: async () => Response.json({}) });
  const first = record(usher);
  const socket = await server.acceptReady();
  await first.untilStatus('open');
  await pass(25);
  socket.send({ type: 'changed', keys: ['user'] });
  await server.settle();
  first.live.close();
  server.faults = ['hang'];
  const later = record(usher);
  await usher.settings.update({});
  expect(later.changes).toEqual([['settings']]);
});

test('a caller that leaves at once costs no dial', async () => {
  const server = await startLiveServer();
  const usher = createClient(server.url);
  const first = record(usher);
  first.live.close();
  const recorder = record(usher);
  await server.acceptReady();
  await recorder.untilStatus('open');
  expect(first.statuses).toEqual([]);
  expect(server.dials).toHaveLength(1);
});

test('a signal closes, also before the beginning', async () => {
  const server = await startLiveServer();
  const getToken = vi.fn(() => tokenOf('user_ada'));
  const usher = createClient(server.url, { getToken });
  const controller = new AbortController();
  const removed = vi.spyOn(controller.signal, 'removeEventListener');
  const recorder = record(usher, { signal: controller.signal });
  const socket = await server.acceptReady();
  await recorder.untilStatus('open');
  controller.abort();
  await socket.closed;
  expect(recorder.live.status).toEqual({ state: 'closed' });
  expect(removed).toHaveBeenCalledTimes(1);
  const late = record(usher, { signal: controller.signal });
  late.live.start();
  await server.settle();
  expect(late.live.status).toEqual({ state: 'closed' });
  expect(late.statuses).toEqual([]);
  expect(server.dials).toHaveLength(1);
  expect(getToken).toHaveBeenCalledTimes(1);
});

test('an error of a caller is reported, and harms no other', async () => {
  useFakeTime();
  const server = await startLiveServer();
  const usher = createClient(server.url, { fetch: async () => Response.json({}) });
  const error = new Error('a mistake of the app');
  const fail = () => {
    throw error;
  };
  const failing = usher.live({ onChange: fail, onStatus: fail });
  const recorder = record(usher);
  await server.acceptReady();
  await recorder.untilStatus('open');
  expect(() => vi.runOnlyPendingTimers()).toThrow(error);
  await usher.settings.update({});
  expect(recorder.changes.at(-1)).toContain('settings');
  failing.close();
});

test('a caller may close from within its own functions', async () => {
  const server = await startLiveServer();
  const usher = createClient(server.url);
  const onChange = vi.fn(() => live.close());
  const live = usher.live({ onChange, onStatus: () => live.status.state === 'open' && other.live.close() });
  const other = record(usher);
  const socket = await server.acceptReady();
  await socket.closed;
  expect(onChange).toHaveBeenCalledTimes(1);
  expect(other.statuses).toEqual([{ state: 'connecting' }]);
});

/** Returns the address that a client dials. */
async function addressOf(options: Partial<UsherOptions>): Promise<string> {
  const dialled = await new Promise<string>((resolve) => {
    class Socket extends NodeWebSocket {
      constructor(url: string, protocols: string[]) {
        super('ws://127.0.0.1:1', protocols);
        resolve(url);
      }
    }
    const { live } = record(createClient('https://api.example', { ...options, WebSocket: Socket }));
    live.start();
  });
  return dialled;
}

test('the address is that of the API, or another one', async () => {
  expect(await addressOf({})).toBe('wss://api.example/live');
  expect(await addressOf({ url: 'http://127.0.0.1:3000/' })).toBe('ws://127.0.0.1:3000/live');
  expect(await addressOf({ url: 'https://api.example/v1' })).toBe('wss://api.example/v1/live');
  expect(await addressOf({ liveUrl: 'wss://live.example/live' })).toBe('wss://live.example/live');
  expect(await addressOf({ liveUrl: 'https://live.example/live' })).toBe('wss://live.example/live');
  vi.stubGlobal('location', { href: 'https://app.example/threads?a=1#b' });
  try {
    expect(await addressOf({ url: '/api' })).toBe('wss://app.example/api/live');
    expect(await addressOf({ url: '' })).toBe('wss://app.example/live');
  } finally {
    vi.unstubAllGlobals();
  }
  const relative = createUsher({ url: '/api', getToken: () => null, WebSocket: NodeWebSocket });
  expect(() => relative.live()).toThrow('Invalid URL');
});

test('without a WebSocket, live says what to do', async () => {
  vi.stubGlobal('WebSocket', undefined);
  try {
    const usher = createUsher({ url: 'https://api.example', getToken: () => null });
    expect(() => usher.live()).toThrow('pass one as the option WebSocket');
  } finally {
    vi.unstubAllGlobals();
  }
  const server = await startLiveServer();
  vi.stubGlobal('WebSocket', NodeWebSocket);
  try {
    record(createUsher({ url: server.url, getToken: () => tokenOf('user_ada') }));
    await server.acceptReady();
  } finally {
    vi.unstubAllGlobals();
  }
});

test('the WebSockets of browsers and of ws can be passed', () => {
  const browser = undefined as unknown as typeof WebSocket;
  for (const WebSocket of [browser, NodeWebSocket])
    expect(createUsher({ url: '', getToken: () => null, WebSocket })).toBeDefined();
});
