/** Which changes are told, when, and what a watch reads. */

import { expect, test, vi } from 'vitest';
import type { ChangeKey, LiveKey } from '../../src/index.js';
import { createClient, pass, record, useFakeTime } from './recorder.js';
import { startLiveServer } from './server.js';

const bell = (...keys: string[]) => ({ type: 'changed', keys });

/** Starts a server and a client whose socket is ready, and whose time is moved by the test. */
async function connect(answer: () => Response = () => Response.json({ id: 't1' })) {
  useFakeTime();
  const server = await startLiveServer();
  const usher = createClient(server.url, { fetch: async () => answer(), tries: 1 });
  const recorder = record(usher);
  const socket = await server.acceptReady();
  await recorder.untilStatus('open');
  await pass(25);
  recorder.changes.length = 0;
  return { server, usher, recorder, socket };
}

test('changes within 25 ms are told together', async () => {
  const { server, recorder, socket } = await connect();
  socket.send(bell('threads', 'threads/t1'));
  await server.settle();
  await pass(20);
  socket.send(bell('threads', 'user'));
  await server.settle();
  await pass(4);
  expect(recorder.changes).toEqual([]);
  await pass(1);
  expect(recorder.changes).toEqual([['threads', 'threads/t1', 'user']]);
  socket.send(bell('user'));
  await server.settle();
  await pass(25);
  expect(recorder.changes[1]).toEqual(['user']);
});

test('all stands for every other key', async () => {
  const { server, recorder, socket } = await connect();
  for (const message of [bell('user'), bell('all'), bell('threads')]) socket.send(message);
  await server.settle();
  await pass(25);
  expect(recorder.changes).toEqual([['all']]);
});

test('a change through the client is told before its caller goes on', async () => {
  const { usher, recorder } = await connect();
  const told = async (change: Promise<unknown>) => {
    recorder.changes.length = 0;
    await change;
    return recorder.changes;
  };
  const message = ['threads', 'threads/t1', 'threads/t1/messages'];
  expect(await told(usher.threads.create())).toEqual([['threads', 'threads/t1']]);
  expect(await told(usher.threads.update('t1', { title: null }))).toEqual([['threads', 'threads/t1']]);
  expect(await told(usher.threads.delete('t1'))).toEqual([['threads', 'threads/t1']]);
  expect(await told(usher.messages.create('t1', { content: 'Hello' }))).toEqual([message]);
  const exchange = { user: { content: 'Hello' }, assistant: { content: 'Hello' } };
  expect(await told(usher.exchanges.create('t1', exchange))).toEqual([message]);
  expect(await told(usher.settings.update({}))).toEqual([['settings']]);
  expect(await told(usher.user.delete())).toEqual([['user']]);
  expect(await told(usher.request('POST', '/threads', { body: {} }))).toEqual([['threads', 'threads/t1']]);
  expect(await told(usher.request('POST', '/notes'))).toEqual([]);
  expect(await told(usher.threads.list())).toEqual([]);
});

test('what was heard before is told with it', async () => {
  const { server, usher, recorder, socket } = await connect();
  socket.send(bell('user'));
  await server.settle();
  await usher.settings.update({});
  expect(recorder.changes).toEqual([['user', 'settings']]);
  await pass(25);
  expect(recorder.changes).toHaveLength(1);
});

test('a change that fails is not told', async () => {
  const { usher, recorder } = await connect(() => new Response('{}', { status: 500 }));
  await expect(usher.threads.create()).rejects.toMatchObject({ code: 'internal' });
  expect(recorder.changes).toEqual([]);
});

test('a change is told without a connection too', async () => {
  const server = await startLiveServer();
  server.faults = ['hang'];
  const usher = createClient(server.url, { fetch: async () => Response.json({}) });
  const recorder = record(usher);
  await server.untilDialled(1);
  await usher.settings.update({});
  expect(recorder.changes).toEqual([['settings']]);
});

const unexpected = (error: unknown) => expect.unreachable(String(error));

/** A read that ends when the test says so. */
function createRead() {
  const ends: { resolve: () => void; reject: (error: unknown) => void }[] = [];
  let running = 0;
  const read = vi.fn(async (_signal: AbortSignal) => {
    expect(++running).toBe(1);
    await new Promise<void>((resolve, reject) => ends.push({ resolve, reject })).finally(() => running--);
  });
  const end = async (error?: unknown) => {
    const { resolve, reject } = ends.shift() as (typeof ends)[number];
    if (error) reject(error);
    else resolve();
    await vi.advanceTimersByTimeAsync(0);
  };
  return { read, end };
}

test('a watch reads now, and after each change of its keys', async () => {
  const { server, recorder, socket } = await connect();
  const { read, end } = createRead();
  recorder.live.watch(['threads', 'threads/t1'], read, unexpected);
  expect(read).toHaveBeenCalledTimes(1);
  await end();
  for (const [keys, reads] of [
    [['threads'], 2],
    [['threads/t2', 'user'], 2],
    [['user', 'threads/t1'], 3],
    [['all'], 4],
  ] as [ChangeKey[], number][]) {
    socket.send(bell(...keys));
    await server.settle();
    await pass(25);
    expect(read).toHaveBeenCalledTimes(reads);
    if (keys[0] !== 'threads/t2') await end();
  }
});

test('a change during a read makes a watch read once more', async () => {
  const { server, recorder, socket } = await connect();
  const { read, end } = createRead();
  recorder.live.watch(['threads'], read, unexpected);
  for (let change = 0; change < 3; change++) {
    socket.send(bell('threads'));
    await server.settle();
    await pass(25);
  }
  expect(recorder.changes).toHaveLength(3);
  expect(read).toHaveBeenCalledTimes(1);
  await end();
  expect(read).toHaveBeenCalledTimes(2);
  await end();
  await pass(1000);
  expect(read).toHaveBeenCalledTimes(2);
});

test('a watch reads after every connect', async () => {
  const server = await startLiveServer();
  const { live, untilChanges } = record(createClient(server.url));
  const read = vi.fn(async () => {});
  live.watch(['threads'], read, unexpected);
  expect(read).toHaveBeenCalledTimes(1);
  const socket = await server.acceptReady();
  await untilChanges(1);
  expect(read).toHaveBeenCalledTimes(2);
  socket.cut();
  await server.acceptReady();
  await untilChanges(2);
  expect(read).toHaveBeenCalledTimes(3);
});

test('a failed read is told, and the next change is read', async () => {
  const { usher, recorder } = await connect();
  const { read, end } = createRead();
  const onError = vi.fn();
  const error = new Error('offline');
  recorder.live.watch(['settings'], read, onError);
  await end(error);
  expect(onError.mock.calls).toEqual([[error]]);
  await usher.settings.update({});
  expect(read).toHaveBeenCalledTimes(2);
  // The change during the failed read is read too.
  await usher.settings.update({});
  await end(error);
  expect(onError).toHaveBeenCalledTimes(2);
  expect(read).toHaveBeenCalledTimes(3);
});

test('a watch that has ended reads nothing and tells nothing', async () => {
  const { usher, recorder } = await connect();
  for (const isLiveClosed of [false, true]) {
    const { read, end } = createRead();
    const keys: LiveKey[] = ['settings'];
    const asked = vi.spyOn(keys, 'includes');
    const stop = recorder.live.watch(keys, read, unexpected);
    await usher.settings.update({});
    if (isLiveClosed) recorder.live.close();
    else stop();
    expect(read.mock.calls[0]?.[0].aborted).toBe(true);
    await end(new Error('aborted'));
    await usher.settings.update({});
    expect(read).toHaveBeenCalledTimes(1);
    expect(asked).toHaveBeenCalledTimes(1);
  }
  const { read } = createRead();
  recorder.live.watch(['settings'], read, unexpected);
  expect(read).not.toHaveBeenCalled();
});

test('an error of the function for errors is reported', async () => {
  const { usher, recorder } = await connect();
  const { read, end } = createRead();
  const error = new Error('a mistake of the app');
  recorder.live.watch(['settings'], read, (error) => {
    throw error;
  });
  await expect(end(error)).rejects.toBe(error);
  await usher.settings.update({});
  expect(read).toHaveBeenCalledTimes(2);
});
