/** Calls that are ended by their caller or by their time. */

import { expect, inject, test, vi } from 'vitest';
import { createUsher } from '../src/index.js';
import { signUp } from './clerk.js';
import { startFaultProxy } from './fault-proxy.js';

test('an abort ends a request that is under way', async () => {
  const proxy = await startFaultProxy();
  const usher = createUsher({ url: proxy.url, getToken: () => null });
  const controller = new AbortController();
  proxy.faults = ['hang'];
  const call = usher.user.status({ signal: controller.signal });
  await proxy.untilSeen(1);
  controller.abort();
  await expect(call).rejects.toMatchObject({ name: 'AbortError' });
  expect(proxy.seen).toHaveLength(1);
});

test('an abort ends the wait for a repeat', async () => {
  const proxy = await startFaultProxy();
  const { getToken } = await signUp();
  const usher = createUsher({ url: proxy.url, getToken });
  const controller = new AbortController();
  proxy.faults = [{ status: 503, headers: { 'retry-after': '20' } }];
  const call = usher.threads.create({}, { signal: controller.signal });
  await proxy.untilSeen(1);
  const reason = new Error('the page was left');
  controller.abort(reason);
  const start = performance.now();
  await expect(call).rejects.toBe(reason);
  expect(performance.now() - start).toBeLessThan(10_000);
  expect(proxy.seen).toHaveLength(1);
});

test('an abort ends the wait for a token', async () => {
  const controller = new AbortController();
  const usher = createUsher({ url: inject('apiUrl'), getToken: () => new Promise(() => {}) });
  const call = usher.threads.list({}, { signal: controller.signal });
  controller.abort();
  await expect(call).rejects.toMatchObject({ name: 'AbortError' });
  // Also if the signal aborts while getToken is being called, or has aborted before.
  const during = new AbortController();
  const aborting = createUsher({
    url: inject('apiUrl'),
    getToken: () => {
      during.abort();
      return new Promise(() => {});
    },
  });
  await expect(aborting.threads.list({}, { signal: during.signal })).rejects.toMatchObject({ name: 'AbortError' });
  const getToken = vi.fn(() => null);
  const unsent = createUsher({ url: inject('apiUrl'), getToken });
  await expect(unsent.threads.list({}, { signal: during.signal })).rejects.toMatchObject({ name: 'AbortError' });
  expect(getToken).not.toHaveBeenCalled();
});

test('a call ends when its time ends, with its last failure as cause', async () => {
  const proxy = await startFaultProxy();
  vi.spyOn(Math, 'random').mockReturnValue(0);
  const usher = createUsher({ url: proxy.url, getToken: () => null });
  proxy.faults = [{ status: 503 }, 'hang'];
  const error = await usher.user.status({ timeout: 1000 }).catch((error: unknown) => error);
  expect(error).toMatchObject({ status: 0, code: 'timeout', cause: { status: 503, code: 'unavailable' } });
});

test('a time without an end is as long as a timer can be', async () => {
  const usher = createUsher({ url: inject('apiUrl'), getToken: () => null, timeout: Infinity, tryTimeout: Infinity });
  expect(await usher.user.status()).toEqual({ status: 'no_token' });
});

test('a wait that is longer than a timer can be is not begun', async () => {
  const proxy = await startFaultProxy();
  const usher = createUsher({ url: proxy.url, getToken: () => null, timeout: Infinity });
  proxy.faults = [{ status: 503, headers: { 'retry-after': '3000000' } }];
  await expect(usher.user.status()).rejects.toMatchObject({ status: 503, retryAfter: 3_000_000 });
  expect(proxy.seen).toHaveLength(1);
});

test("a finished call leaves nothing on the caller's signal", async () => {
  const { signal } = new AbortController();
  const added = vi.spyOn(signal, 'addEventListener');
  const removed = vi.spyOn(signal, 'removeEventListener');
  const usher = createUsher({ url: inject('apiUrl'), getToken: () => null });
  await usher.user.status({ signal });
  expect(added).toHaveBeenCalledTimes(1);
  expect(removed.mock.calls).toEqual(added.mock.calls);
});
