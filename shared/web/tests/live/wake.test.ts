/** Pages that sleep, wake up, and come back online. */

import { expect, onTestFinished, test, vi } from 'vitest';
import { createClient, pass, record, tokenOf, useFakeTime } from './recorder.js';
import { startLiveServer } from './server.js';

/** Stands in for the globals of a page. */
function createPage() {
  const document = Object.assign(new EventTarget(), { hidden: false });
  const window = new EventTarget();
  vi.stubGlobal('document', document);
  vi.stubGlobal('window', window);
  onTestFinished(() => {
    vi.unstubAllGlobals();
  });
  return {
    document,
    window,
    show: () => document.dispatchEvent(new Event('visibilitychange')),
    online: () => window.dispatchEvent(new Event('online')),
    pageshow: () => window.dispatchEvent(new Event('pageshow')),
  };
}

/** Starts a page whose socket is ready. */
async function connect() {
  useFakeTime();
  vi.spyOn(Math, 'random').mockReturnValue(1);
  const page = createPage();
  const server = await startLiveServer();
  const recorder = record(createClient(server.url));
  const socket = await server.acceptReady();
  await recorder.untilStatus('open');
  await pass(25);
  /** Moves the clock and not the timers, which stand still while a device sleeps. */
  const sleep = (ms: number) => vi.setSystemTime(Date.now() + ms);
  return { page, server, recorder, socket, sleep };
}

test('a page that wakes after its lease dials at once', async () => {
  for (const event of ['show', 'online', 'pageshow'] as const) {
    const { page, server, recorder, socket, sleep } = await connect();
    sleep(660_000);
    page[event]();
    const next = await server.accept();
    await socket.closed;
    expect(recorder.live.status).toEqual({ state: 'connecting' });
    await next.hello();
    next.ready();
    await recorder.untilStatus('open');
    await pass(25);
    expect(recorder.changes).toEqual([['all'], ['all']]);
  }
});

test('a page that wakes within its lease says the hello that is due', async () => {
  const { page, server, socket, sleep } = await connect();
  sleep(479_000);
  page.show();
  page.pageshow();
  await server.settle();
  expect(socket.untaken()).toBe(0);
  sleep(1000);
  page.document.hidden = true;
  page.show();
  await server.settle();
  expect(socket.untaken()).toBe(0);
  page.document.hidden = false;
  page.show();
  page.show();
  await socket.hello();
  await server.settle();
  expect(socket.untaken()).toBe(0);
  expect(server.dials).toHaveLength(1);
});

test('a renewal after the lease dials instead', async () => {
  const { server, recorder, socket, sleep } = await connect();
  sleep(660_000);
  await pass(480_000);
  await socket.closed;
  await pass(100);
  await server.acceptReady();
  await recorder.untilStatus('open');
  expect(socket.untaken()).toBe(0);
});

test('a page that is back online checks its socket', async () => {
  const { page, server, recorder, socket } = await connect();
  page.online();
  await socket.hello();
  // The socket of the network before hears nothing.
  await pass(12_000);
  await recorder.untilStatus('connecting');
  await pass(200);
  await server.acceptReady();
});

test('a hidden page that is back online checks its socket too', async () => {
  const { page, socket } = await connect();
  page.document.hidden = true;
  page.online();
  await socket.hello();
});

test('a socket that is closing is not waited for', async () => {
  const { page, server, recorder } = await connect();
  recorder.live.close();
  let last: { readyState: number } | undefined;
  const { WebSocket } = await import('ws');
  class Socket extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols);
      last = this;
    }
  }
  const usher = createClient(server.url, { WebSocket: Socket });
  const second = record(usher);
  await server.acceptReady();
  await second.untilStatus('open');
  Object.defineProperty(last, 'readyState', { value: WebSocket.CLOSING });
  page.show();
  await server.acceptReady();
  await second.untilStatus('open');
});

test('a page that wakes does not wait for its next dial', async () => {
  useFakeTime();
  vi.spyOn(Math, 'random').mockReturnValue(1);
  const page = createPage();
  const server = await startLiveServer();
  server.faults = [503];
  const recorder = record(createClient(server.url));
  await recorder.untilStatuses(2);
  page.online();
  const socket = await server.accept();
  await socket.hello();
  // The earlier timer does not dial too.
  await pass(100);
  await server.settle();
  expect(server.dials).toHaveLength(2);
  socket.send({ type: 'error', problem: { type: 'urn:usher:problem:unavailable', status: 503, detail: 'no' } });
  await recorder.untilStatuses(3);
  page.show();
  await socket.hello();
  // A dial or a hello that is under way goes on.
  page.show();
  socket.ready();
  await recorder.untilStatus('open');
  expect(server.dials).toHaveLength(2);
});

test('a page that wakes asks for a token again', async () => {
  useFakeTime();
  vi.spyOn(Math, 'random').mockReturnValue(1);
  const page = createPage();
  const server = await startLiveServer();
  let token: string | null = null;
  const recorder = record(createClient(server.url, { getToken: () => token }));
  await recorder.untilStatus('signed-out');
  token = tokenOf('user_ada');
  page.show();
  await server.acceptReady();
});

test('a page that wakes does not start what the API has stopped', async () => {
  const { page, server, recorder, socket } = await connect();
  socket.send({ type: 'closed', reason: 'session-ended' });
  await recorder.untilStatus('stopped');
  page.show();
  page.online();
  await pass(1000);
  await server.settle();
  expect(server.dials).toHaveLength(1);
});

test('nothing is left on the page after the end', async () => {
  useFakeTime();
  const page = createPage();
  const added = [page.document, page.window].map((target) => vi.spyOn(target, 'addEventListener'));
  const removed = [page.document, page.window].map((target) => vi.spyOn(target, 'removeEventListener'));
  const server = await startLiveServer();
  const recorder = record(createClient(server.url));
  recorder.live.close();
  expect(added.flatMap(({ mock }) => mock.calls)).toHaveLength(3);
  expect(removed.map(({ mock }) => mock.calls)).toEqual(added.map(({ mock }) => mock.calls));
});
