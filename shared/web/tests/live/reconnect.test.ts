/** Lost sockets, replaced sockets, and sockets that the API closes. */

import { expect, onTestFinished, test, vi } from 'vitest';
import type { LiveStatus } from '../../src/index.js';
import { createClient, pass, type Recorder, record, tokenOf, useFakeTime } from './recorder.js';
import { type Accepted, startLiveServer } from './server.js';

const MINUTE = 60_000;

test('a lost socket is dialled anew, and everything read again', async () => {
  const server = await startLiveServer();
  const recorder = record(createClient(server.url));
  const socket = await server.acceptReady();
  await recorder.untilChanges(1);
  socket.cut();
  await recorder.untilStatus('connecting');
  await server.acceptReady();
  await recorder.untilChanges(2);
  expect(recorder.changes).toEqual([['all'], ['all']]);
  expect(recorder.statuses.map(({ state }) => state)).toEqual(['connecting', 'open', 'connecting', 'open']);
});

test('the waits before dials double up to 16 s', async () => {
  useFakeTime();
  vi.spyOn(Math, 'random').mockReturnValue(1);
  const server = await startLiveServer();
  server.faults = Array(9).fill(503);
  const recorder = record(createClient(server.url));
  const waits = [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 16_000];
  for (const [index, wait] of waits.entries()) {
    await recorder.untilStatuses(index + 2);
    await pass(wait - 1);
    await server.settle();
    expect(server.dials).toHaveLength(index + 1);
    await pass(1);
    await server.untilDialled(index + 2);
  }
  await server.acceptReady();
  await recorder.untilStatus('open');
});

test('the waits are random, from nothing on', async () => {
  useFakeTime();
  const server = await startLiveServer();
  server.faults = [503, 503];
  const random = vi.spyOn(Math, 'random').mockReturnValue(0.5);
  const recorder = record(createClient(server.url));
  await recorder.untilStatuses(2);
  await pass(50);
  random.mockReturnValue(0);
  await recorder.untilStatuses(3);
  await pass(0);
  await server.acceptReady();
});

test('the waits begin anew after a socket that was ready', async () => {
  useFakeTime();
  vi.spyOn(Math, 'random').mockReturnValue(1);
  const server = await startLiveServer();
  server.faults = [503, 503, 503];
  const recorder = record(createClient(server.url));
  for (const [index, wait] of [100, 200, 400].entries()) {
    await recorder.untilStatuses(index + 2);
    await pass(wait);
  }
  // A socket that is lost soon is no reason to hurry.
  const lost = await server.acceptReady();
  await recorder.untilStatus('open');
  await pass(16_000);
  lost.cut();
  await recorder.untilStatus('connecting');
  await pass(100);
  await server.settle();
  expect(server.dials).toHaveLength(4);
  await pass(700);
  const socket = await server.acceptReady();
  await recorder.untilStatus('open');
  await pass(16_001);
  socket.cut();
  await recorder.untilStatus('connecting');
  await pass(100);
  await server.untilDialled(6);
});

test('the next socket is ready before the one of 2 hours is closed', async () => {
  useFakeTime();
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
  const server = await startLiveServer();
  const recorder = record(createClient(server.url));
  const first = await server.accept();
  await first.hello();
  await pass(10_000);
  first.ready();
  await recorder.untilStatus('open');
  // 1 h 52.5 min after the dial: between 1 h 50 min and 1 h 55 min.
  for (let minutes = 8; minutes <= 112; minutes += 8) {
    await pass(8 * MINUTE);
    await first.hello();
    first.ready();
    await server.settle();
  }
  await pass(19_999);
  await server.settle();
  expect(server.dials).toHaveLength(1);
  await pass(1);
  const second = await server.accept();
  await second.hello();
  first.send({ type: 'changed', keys: ['user'] });
  await server.settle();
  await pass(25);
  expect(recorder.changes).toEqual([['all'], ['user']]);
  expect(first.isOpen()).toBe(true);
  second.ready();
  await first.closed;
  // A change before may have been on its way to the first socket.
  await pass(25);
  expect(recorder.changes).toEqual([['all'], ['user'], ['all']]);
  second.send({ type: 'changed', keys: ['settings'] });
  await server.settle();
  await pass(25);
  expect(recorder.changes.at(-1)).toEqual(['settings']);
  expect(recorder.statuses).toEqual([{ state: 'connecting' }, { state: 'open' }]);
  // The next one is replaced in its turn.
  await pass(8 * MINUTE);
  await second.hello();
  expect(second.isOpen()).toBe(true);
});

/** Brings a client to the moment at which its next socket is being dialled. */
async function replace(faults: (number | 'hang')[] = [], getToken: () => string | null = () => tokenOf('user_ada')) {
  useFakeTime();
  vi.spyOn(Math, 'random').mockReturnValue(1);
  const server = await startLiveServer();
  const recorder = record(createClient(server.url, { getToken }));
  const first = await server.acceptReady();
  await recorder.untilStatus('open');
  server.faults = faults;
  for (let minutes = 8; minutes <= 104; minutes += 8) {
    await pass(8 * MINUTE);
    await first.hello();
    first.ready();
    await server.settle();
  }
  await pass(6 * MINUTE);
  await server.untilDialled(2);
  return { server, recorder, first };
}

test('the socket stays open while the next one cannot be dialled', async () => {
  const { server, recorder, first } = await replace([503, 503]);
  await server.settle();
  await pass(100);
  await server.untilDialled(3);
  await server.settle();
  expect(first.isOpen()).toBe(true);
  expect(recorder.statuses).toHaveLength(2);
  await pass(200);
  await server.acceptReady();
  await first.closed;
});

test('a socket that is lost before its replacement is ready has one', async () => {
  const { server, recorder, first } = await replace();
  const second = await server.accept();
  first.cut();
  await recorder.untilStatus('connecting');
  await pass(1000);
  await second.hello();
  second.ready();
  await recorder.untilStatus('open');
  await pass(1000);
  await server.settle();
  expect(server.dials).toHaveLength(2);
});

test('a socket that is replaced may be closed as one too many', async () => {
  const { server, recorder, first } = await replace();
  const second = await server.accept();
  await second.hello();
  first.send({ type: 'closed', reason: 'too-many-connections' });
  await first.closed;
  second.ready();
  await recorder.untilStatus('open');
  expect(server.dials).toHaveLength(2);
});

test('the end of a session ends the next socket too', async () => {
  const { server, recorder, first } = await replace();
  const second = await server.accept();
  first.send({ type: 'closed', reason: 'session-ended' });
  await recorder.untilStatus('stopped');
  await Promise.all([first.closed, second.closed]);
});

test('the end of the sign-in ends both sockets', async () => {
  let token: string | null = tokenOf('user_ada');
  const { server, recorder, first } = await replace([503], () => token);
  await server.settle();
  token = null;
  await pass(100);
  await recorder.untilStatus('signed-out');
  await first.closed;
});

test('the API may close a socket for good', async () => {
  useFakeTime();
  for (const reason of ['user-deleted', 'user-banned']) {
    const server = await startLiveServer();
    let token = tokenOf('user_ada');
    const recorder = record(createClient(server.url, { getToken: () => token }));
    const socket = await server.accept();
    await socket.hello();
    socket.send({ type: 'closed', reason });
    await socket.closed;
    expect(await recorder.untilStatus('stopped')).toEqual({ state: 'stopped', reason });
    recorder.live.start();
    await recorder.untilStatus('connecting');
    await recorder.untilStatus('stopped');
    await pass(10 * MINUTE);
    await server.settle();
    expect(server.dials).toHaveLength(1);
    // Another user is not concerned.
    token = tokenOf('user_bob');
    recorder.live.start();
    await server.acceptReady();
    await recorder.untilStatus('open');
  }
});

test('the API may close a socket until the app starts it again', async () => {
  useFakeTime();
  for (const reason of ['session-ended', 'too-many-connections']) {
    const server = await startLiveServer();
    const usher = createClient(server.url);
    const recorder = record(usher);
    const socket = await server.acceptReady();
    await recorder.untilStatus('open');
    socket.send({ type: 'closed', reason });
    await socket.closed;
    expect(await recorder.untilStatus('stopped')).toEqual({ state: 'stopped', reason });
    await pass(10 * MINUTE);
    // Neither does another caller start it.
    const other = record(usher);
    expect(other.live.status).toEqual({ state: 'stopped', reason });
    other.live.close();
    other.live.start();
    await server.settle();
    expect(server.dials).toHaveLength(1);
    recorder.live.start();
    await server.acceptReady();
    await recorder.untilStatus('open');
    await pass(25);
    expect(recorder.changes.at(-1)).toEqual(['all']);
  }
});

test('a socket that is closed for any other reason is dialled anew', async () => {
  const server = await startLiveServer();
  const recorder = record(createClient(server.url));
  for (const reason of ['lease-expired', 'removed', 'a-new-reason']) {
    const socket = await server.acceptReady();
    await recorder.untilStatus('open');
    socket.send({ type: 'closed', reason });
    await socket.closed;
    await recorder.untilStatus('connecting');
    expect(recorder.live.status).toEqual({ state: 'connecting', reason });
  }
  await server.acceptReady();
});

test('nothing is left after the end', async () => {
  useFakeTime();
  const server = await startLiveServer();
  const usher = createClient(server.url);
  const recorder = record(usher);
  const socket = await server.acceptReady();
  await recorder.untilStatus('open');
  socket.send({ type: 'changed', keys: ['user'] });
  await server.settle();
  recorder.live.close();
  recorder.live.close();
  await socket.closed;
  await server.settle();
  expect(vi.getTimerCount()).toBe(0);
  expect(recorder.live.status).toEqual({ state: 'closed' });
  recorder.live.start();
  await pass(MINUTE);
  await server.settle();
  expect(server.dials).toHaveLength(1);
  expect(recorder.changes).toEqual([]);
});

test('a renewal whose token comes after the end is dropped', async () => {
  useFakeTime();
  const server = await startLiveServer();
  for (const isError of [false, true]) {
    let settle = () => {};
    const late = () =>
      new Promise<string>((resolve, reject) => {
        settle = () => (isError ? reject(new Error('offline')) : resolve(tokenOf('user_ada')));
      });
    const getToken = vi.fn<() => string | Promise<string>>(() => tokenOf('user_ada'));
    const recorder = record(createClient(server.url, { getToken }));
    await server.acceptReady();
    await recorder.untilStatus('open');
    getToken.mockImplementation(late);
    await pass(480_000);
    recorder.live.close();
    settle();
    await server.settle();
    expect(vi.getTimerCount()).toBe(0);
    expect(recorder.statuses.at(-1)).toEqual({ state: 'open' });
  }
});

test('a client can be closed by what it tells', async () => {
  useFakeTime();
  const page = Object.assign(new EventTarget(), { hidden: false });
  vi.stubGlobal('document', page);
  vi.stubGlobal('window', new EventTarget());
  onTestFinished(() => {
    vi.unstubAllGlobals();
  });
  const server = await startLiveServer();
  let token: string | null = tokenOf('user_ada');
  const usher = createClient(server.url, { getToken: () => token });
  const closed = async (reach: (socket: Accepted) => void, state: LiveStatus['state']) => {
    const told = await new Promise<LiveStatus>((resolve) => {
      let isReached = false;
      const live = usher.live({
        onStatus: (status) => {
          if (!isReached) return;
          live.close();
          resolve(status);
        },
      });
      server.accept().then(async (socket) => {
        await socket.hello();
        if (state !== 'open') {
          socket.ready();
          await vi.waitFor(() => expect(live.status.state).toBe('open'));
        }
        isReached = true;
        reach(socket);
      });
    });
    expect(told.state).toBe(state);
    await server.settle();
    expect(vi.getTimerCount()).toBe(0);
  };
  await closed((socket) => socket.ready(), 'open');
  await closed((socket) => socket.cut(), 'connecting');
  await closed((socket) => socket.send({ type: 'closed', reason: 'session-ended' }), 'stopped');
  await closed(() => {
    vi.setSystemTime(Date.now() + 660_000);
    page.dispatchEvent(new Event('visibilitychange'));
  }, 'connecting');
  await closed(() => {
    token = null;
    vi.setSystemTime(Date.now() + 480_000);
    page.dispatchEvent(new Event('visibilitychange'));
  }, 'signed-out');
  token = tokenOf('user_ada');
  const problem = { type: 'urn:usher:problem:unavailable', status: 503, detail: 'no' };
  const refused = record(usher);
  const socket = await server.accept();
  await socket.hello();
  const close = vi.spyOn(refused.statuses, 'push').mockImplementation(() => {
    refused.live.close();
    return 0;
  });
  socket.send({ type: 'error', problem });
  await socket.closed;
  await server.settle();
  expect(close).toHaveBeenCalledTimes(1);
  expect(vi.getTimerCount()).toBe(0);
});

test('a client can be closed at any moment', async () => {
  useFakeTime();
  const server = await startLiveServer();
  const usher = createClient(server.url);
  const moments: (() => Promise<unknown>)[] = [
    // The token is awaited.
    async () => {},
    // The dial has no answer yet.
    () => server.untilDialled(1),
    // The hello has no answer yet.
    async () => (await server.accept()).hello(),
    // The next hello is waited for.
    async () => {
      const socket = await server.accept();
      await socket.hello();
      socket.send({ type: 'error', problem: { type: 'urn:usher:problem:unavailable', status: 503, detail: 'no' } });
      await recorder.untilStatuses(2);
    },
    // The next dial is waited for.
    () => recorder.untilStatuses(2),
  ];
  let recorder: Recorder;
  for (const [index, reach] of moments.entries()) {
    server.faults = index === 1 ? ['hang'] : index === 4 ? [503] : [];
    recorder = record(usher);
    await reach();
    const { length } = recorder.statuses;
    recorder.live.close();
    await server.settle();
    expect(vi.getTimerCount(), `moment ${index}`).toBe(0);
    expect(recorder.statuses).toHaveLength(length);
  }
});
