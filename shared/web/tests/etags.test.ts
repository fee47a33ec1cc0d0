/** Remembered answers, and whom they are shown to. */

import { expect, test } from 'vitest';
import { EtagCache } from '../src/etag-cache.js';
import { createUsher } from '../src/index.js';
import { signUp } from './clerk.js';
import { startFaultProxy } from './fault-proxy.js';

test('an answer that has not changed is not sent again', async () => {
  const proxy = await startFaultProxy();
  const { getToken } = await signUp();
  const usher = createUsher({ url: proxy.url, getToken });
  const thread = await usher.threads.create({ title: 'Plans' });
  const first = await usher.threads.get(thread.id);
  first.title = 'changed by the caller';
  expect(await usher.threads.get(thread.id)).toEqual(thread);
  const renamed = await usher.threads.update(thread.id, { title: 'New' });
  expect(await usher.threads.get(thread.id)).toEqual(renamed);
  await usher.settings.update({ theme: 'dark' });
  const settings = await usher.settings.get();
  expect(await usher.settings.get()).toEqual(settings);
  expect(proxy.seen.map(({ status }) => status)).toEqual([201, 200, 304, 200, 200, 200, 200, 304]);
});

test('a remembered answer is never shown to another user', async () => {
  const proxy = await startFaultProxy();
  const users = [await signUp('Ada'), await signUp('Bob')] as const;
  let [current] = users;
  const usher = createUsher({ url: proxy.url, getToken: () => current.getToken() });
  for (const user of users) {
    current = user;
    await usher.settings.update({ owner: user.userId });
    await usher.settings.get();
  }
  for (const user of users) {
    current = user;
    // The settings of both users have the same version.
    expect((await usher.settings.get()).values).toEqual({ owner: user.userId });
    expect((await usher.user.get()).id).toBe(user.userId);
  }
  proxy.seen = [];
  usher.clear();
  expect((await usher.settings.get()).values).toEqual({ owner: current.userId });
  expect(proxy.seen[0]?.headers['if-none-match']).toBeUndefined();
});

test('the answer of a token without a user is not remembered', async () => {
  const seen: unknown[] = [];
  const fetch = async (_url: string, { headers }: RequestInit) => {
    seen.push((headers as Record<string, string>)['if-none-match']);
    return new Response('{}', { headers: { etag: '"1"' } });
  };
  for (const token of [null, 'opaque', `a.${btoa('{}')}.c`]) {
    const usher = createUsher({ url: '', getToken: () => token, fetch });
    await usher.settings.get();
    await usher.settings.get();
  }
  expect(seen).toEqual(Array(6).fill(undefined));
});

test('an answer without a body is not remembered', async () => {
  const { getToken } = await signUp();
  const token = await getToken();
  const fetch = async (_url: string, { headers }: RequestInit) =>
    new Headers(headers).has('if-none-match')
      ? new Response(null, { status: 304 })
      : new Response('', { headers: { etag: '"1"' } });
  const usher = createUsher({ url: '', getToken: () => token, fetch });
  for (let count = 0; count < 2; count += 1)
    expect(await usher.request('GET', '/notes')).toEqual({ body: undefined, etag: '"1"' });
});

test('the answers that were not used for longest are forgotten', () => {
  const cache = new EtagCache();
  for (let key = 0; key < 100; key += 1) cache.set(`${key}`, '"1"', 'text');
  expect(cache.get('0')).toBeDefined();
  cache.set('100', '"1"', 'text');
  expect([cache.get('0'), cache.get('1'), cache.get('100')].map(Boolean)).toEqual([true, false, true]);
  cache.set('0', '"2"', 'x'.repeat(300_000));
  expect(cache.get('0')).toBeUndefined();
});
