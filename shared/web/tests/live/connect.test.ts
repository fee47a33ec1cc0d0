/** Dial, hello, renewals and their tokens. */

import { inspect } from 'node:util';
import { expect, test, vi } from 'vitest';
import { UsherError } from '../../src/index.js';
import { createClient, pass, record, tokenOf, useFakeTime } from './recorder.js';
import { startLiveServer } from './server.js';

/** Returns a problem of the API. */
const problem = (status: number, code: string, detail = 'no') => ({
  type: 'error',
  problem: { type: `urn:usher:problem:${code}`, title: 'No', status, detail, request_id: 'r1' },
});

test('the client dials with its token, and says hello with it', async () => {
  const server = await startLiveServer();
  const token = tokenOf('user_ada');
  const recorder = record(createClient(server.url));
  const socket = await server.accept();
  expect(socket.token).toBe(token);
  expect(await socket.hello()).toBe(token);
  expect(recorder.live.status).toEqual({ state: 'connecting' });
  socket.ready();
  await recorder.untilStatus('open');
  expect(recorder.statuses).toEqual([{ state: 'connecting' }, { state: 'open' }]);
});

test('everything is to be read when changes are heard, not before', async () => {
  const server = await startLiveServer();
  const recorder = record(createClient(server.url));
  const socket = await server.accept();
  await socket.hello();
  await server.settle();
  expect(recorder.changes).toEqual([]);
  socket.ready();
  await recorder.untilChanges(1);
  expect(recorder.changes).toEqual([['all']]);
});

test('a hello follows when the API wants one, with a new token', async () => {
  useFakeTime();
  const server = await startLiveServer();
  let count = 0;
  const getToken = vi.fn(() => tokenOf('user_ada', String(++count)));
  const recorder = record(createClient(server.url, { getToken }));
  const socket = await server.accept();
  await socket.hello();
  socket.ready(500_000);
  await recorder.untilStatus('open');
  await pass(499_999);
  await server.settle();
  expect(socket.untaken()).toBe(0);
  await pass(1);
  expect(await socket.hello()).toBe(tokenOf('user_ada', '2'));
  socket.ready();
  await server.settle();
  await pass(25);
  // A renewal is no new beginning.
  expect(recorder.changes).toEqual([['all']]);
  expect(recorder.statuses).toHaveLength(2);
  expect(getToken.mock.calls).toEqual([[undefined], [undefined]]);
});

test('a dial that is refused is repeated once with a new token', async () => {
  const server = await startLiveServer();
  server.faults = [401, 401, 401];
  const getToken = vi.fn(() => tokenOf('user_ada'));
  const recorder = record(createClient(server.url, { getToken }));
  await server.acceptReady();
  await recorder.untilStatus('open');
  expect(getToken.mock.calls).toEqual([[undefined], [{ skipCache: true }], [undefined], [undefined]]);
  expect(recorder.statuses[1]).toMatchObject({ state: 'connecting', error: { code: 'network', status: 0 } });
  expect(recorder.statuses.at(-1)).toEqual({ state: 'open' });
});

test('a later dial that is refused gets a new token again', async () => {
  const server = await startLiveServer();
  server.faults = [401];
  const getToken = vi.fn(() => tokenOf('user_ada'));
  record(createClient(server.url, { getToken }));
  const socket = await server.acceptReady();
  await server.settle();
  server.faults = [401];
  socket.cut();
  await server.acceptReady();
  const asked = getToken.mock.calls.map(([options]: [unknown?]) => options);
  expect(asked).toEqual([undefined, { skipCache: true }, undefined, { skipCache: true }]);
});

test('a hello whose token is refused is repeated once at once', async () => {
  useFakeTime();
  vi.spyOn(Math, 'random').mockReturnValue(1);
  const server = await startLiveServer();
  const fresh = tokenOf('user_ada', 'fresh');
  const recorder = record(
    createClient(server.url, { getToken: (options) => (options?.skipCache ? fresh : tokenOf('user_ada')) }),
  );
  const socket = await server.accept();
  await socket.hello();
  socket.send(problem(401, 'invalid-token'));
  expect(await socket.hello()).toBe(fresh);
  expect(recorder.statuses).toHaveLength(1);
  socket.send(problem(401, 'invalid-token', 'the token expired'));
  await recorder.untilStatuses(2);
  const { error } = recorder.live.status;
  expect(error).toBeInstanceOf(UsherError);
  expect(error).toMatchObject({ status: 401, code: 'invalid-token', detail: 'the token expired', requestId: 'r1' });
  await server.settle();
  expect(socket.untaken()).toBe(0);
  await pass(100);
  await socket.hello();
  socket.ready();
  await recorder.untilStatus('open');
  expect(recorder.live.status.error).toBeUndefined();
  expect(server.dials).toHaveLength(1);
});

test('a hello that is refused is repeated on the same socket', async () => {
  useFakeTime();
  vi.spyOn(Math, 'random').mockReturnValue(1);
  const server = await startLiveServer();
  const recorder = record(createClient(server.url));
  const socket = await server.accept();
  const answers = [
    problem(404, 'user-not-synced'),
    problem(503, 'unavailable'),
    // API Gateway's own, if the function fails.
    { message: 'Internal server error', connectionId: 'c1', requestId: 'r2' },
  ];
  for (const [index, answer] of answers.entries()) {
    await socket.hello();
    socket.send(answer);
    await recorder.untilStatuses(index + 2);
    await pass(100 * 2 ** index - 1);
    await server.settle();
    expect(socket.untaken()).toBe(0);
    await pass(1);
  }
  await socket.hello();
  socket.ready();
  await recorder.untilStatus('open');
  const codes = recorder.statuses.map(({ error }) => (error as UsherError | undefined)?.code);
  expect(codes).toEqual([undefined, 'user-not-synced', 'unavailable', 'internal', undefined]);
  expect(server.dials).toHaveLength(1);
});

test('a renewal that is refused leaves the socket open', async () => {
  useFakeTime();
  const server = await startLiveServer();
  const recorder = record(createClient(server.url));
  const socket = await server.acceptReady();
  await recorder.untilStatus('open');
  await pass(480_000);
  await socket.hello();
  socket.send(problem(503, 'unavailable'));
  await recorder.untilStatuses(3);
  expect(recorder.statuses[2]).toMatchObject({ state: 'open', error: { code: 'unavailable' } });
  socket.send({ type: 'changed', keys: ['user'] });
  await server.settle();
  await pass(100);
  expect(recorder.changes).toEqual([['all'], ['user']]);
});

test('a renewal begins anew what was refused before', async () => {
  useFakeTime();
  vi.spyOn(Math, 'random').mockReturnValue(1);
  const server = await startLiveServer();
  const getToken = vi.fn(() => tokenOf('user_ada'));
  const recorder = record(createClient(server.url, { getToken }));
  const socket = await server.accept();
  for (let renewal = 0; renewal < 2; renewal++) {
    const { length } = recorder.statuses;
    await socket.hello();
    socket.send(problem(401, 'invalid-token'));
    await socket.hello();
    socket.send(problem(503, 'unavailable'));
    await recorder.untilStatuses(length + 1);
    await pass(100);
    await socket.hello();
    expect(getToken.mock.calls).toEqual([[undefined], [{ skipCache: true }], [undefined]]);
    socket.ready();
    await recorder.untilStatuses(length + 2);
    getToken.mockClear();
    await pass(480_000);
  }
});

test('an error of getToken is told, and the token asked for again', async () => {
  const server = await startLiveServer();
  const failure = new Error('Clerk is offline');
  const getToken = vi
    .fn<() => string>(() => tokenOf('user_ada'))
    .mockImplementationOnce(() => {
      throw failure;
    });
  const recorder = record(createClient(server.url, { getToken }));
  await server.acceptReady();
  await recorder.untilStatus('open');
  expect(recorder.statuses).toContainEqual({ state: 'connecting', error: failure });
});

test('without a token nothing is dialled, until there is one', async () => {
  useFakeTime();
  vi.spyOn(Math, 'random').mockReturnValue(1);
  const server = await startLiveServer();
  let token: string | null = null;
  const getToken = vi.fn(() => token);
  const recorder = record(createClient(server.url, { getToken }));
  await recorder.untilStatus('signed-out');
  for (const [index, wait] of [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 16_000, 16_000].entries()) {
    await pass(wait - 1);
    expect(getToken).toHaveBeenCalledTimes(index + 1);
    await pass(1);
    expect(getToken).toHaveBeenCalledTimes(index + 2);
  }
  await server.settle();
  expect(server.dials).toEqual([]);
  expect(recorder.statuses).toHaveLength(2);
  token = tokenOf('user_ada');
  recorder.live.start();
  await server.acceptReady();
  await recorder.untilStatus('open');
});

test('a socket is closed when its user has signed out', async () => {
  useFakeTime();
  const server = await startLiveServer();
  let token: string | null = tokenOf('user_ada');
  const recorder = record(createClient(server.url, { getToken: () => token }));
  const socket = await server.acceptReady();
  await recorder.untilStatus('open');
  token = null;
  await pass(480_000);
  await socket.closed;
  await recorder.untilStatus('signed-out');
  expect(socket.untaken()).toBe(0);
});

test('another user gets another socket at once', async () => {
  useFakeTime();
  vi.spyOn(Math, 'random').mockReturnValue(1);
  const server = await startLiveServer();
  let token = tokenOf('user_ada');
  const recorder = record(createClient(server.url, { getToken: () => token }));
  const socket = await server.acceptReady();
  await recorder.untilStatus('open');
  token = tokenOf('user_bob');
  await pass(480_000);
  await socket.closed;
  expect((await server.acceptReady()).token).toBe(token);
  expect(socket.untaken()).toBe(0);
  await recorder.untilStatus('open');
});

test('clear connects anew, as whoever is signed in', async () => {
  const server = await startLiveServer();
  let token: string | null = tokenOf('user_ada');
  const usher = createClient(server.url, { getToken: () => token });
  usher.clear();
  const recorder = record(usher);
  const socket = await server.acceptReady();
  await recorder.untilStatus('open');
  token = tokenOf('user_bob');
  usher.clear();
  await socket.closed;
  expect((await server.acceptReady()).token).toBe(token);
  await recorder.untilStatus('open');
  token = null;
  usher.clear();
  await recorder.untilStatus('signed-out');
});

test('a dial or hello without an answer in time is given up', async () => {
  useFakeTime();
  const server = await startLiveServer();
  server.faults = ['hang'];
  const recorder = record(createClient(server.url));
  await server.untilDialled(1);
  await pass(11_999);
  expect(recorder.statuses).toHaveLength(1);
  await pass(1);
  expect(recorder.live.status).toMatchObject({ state: 'connecting', error: { code: 'timeout' } });
  await pass(100);
  const socket = await server.accept();
  await socket.hello();
  await pass(12_000);
  await socket.closed;
  await pass(200);
  const silent = await server.acceptReady();
  await recorder.untilStatus('open');
  await pass(480_000);
  await silent.hello();
  await pass(12_000);
  await silent.closed;
  expect(recorder.live.status).toMatchObject({ state: 'connecting', error: { code: 'timeout' } });
});

test('a token without an answer in time is given up', async () => {
  useFakeTime();
  const server = await startLiveServer();
  const getToken = vi.fn<() => string | Promise<string>>(() => tokenOf('user_ada'));
  getToken.mockReturnValueOnce(new Promise(() => {}));
  const recorder = record(createClient(server.url, { getToken, tryTimeout: 3000 }));
  await pass(3000);
  expect(recorder.live.status).toMatchObject({ error: { code: 'timeout', detail: 'no answer within 3000 ms' } });
  await pass(100);
  await server.acceptReady();
});

test('what is not understood is ignored', async () => {
  const server = await startLiveServer();
  const recorder = record(createClient(server.url));
  const socket = await server.acceptReady();
  await recorder.untilChanges(1);
  const unknown = ['', 'null', '[]', '3', '{', '{"type":"news"}', { type: 1 }, { message: 'Forbidden' }];
  for (const message of [...unknown, problem(503, 'unavailable'), { type: 'ready', renew_in_ms: 1 }])
    socket.send(message);
  socket.send({ type: 'changed', keys: ['files/1'] });
  await recorder.untilChanges(2);
  expect(recorder.changes).toEqual([['all'], ['files/1']]);
  expect(recorder.statuses).toHaveLength(2);
  await server.settle();
  expect(socket.untaken()).toBe(0);
});

test('no status shows the token', async () => {
  const server = await startLiveServer();
  const token = tokenOf('user_ada', 'secret');
  const recorder = record(createClient(server.url, { getToken: () => token }));
  const socket = await server.accept();
  await socket.hello();
  socket.send(problem(422, 'invalid-field', `the token ${token} is odd`));
  await recorder.untilStatuses(2);
  // A WebSocket refuses such a subprotocol with an error that quotes it.
  const odd = record(createClient(server.url, { getToken: () => `${token}\n€` }));
  await odd.untilStatuses(2);
  server.faults = [403];
  const refused = record(createClient(server.url, { getToken: () => token }));
  await refused.untilStatuses(2);
  for (const { live } of [recorder, odd, refused]) {
    const shown = [inspect(live.status, { depth: null, showHidden: true }), JSON.stringify(live.status)].join();
    expect(shown).toMatch(/invalid-field|network/);
    expect(shown).not.toContain(token.slice(-8));
  }
});
