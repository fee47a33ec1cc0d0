/** Lists and remembered answers. */

import { expect, inject, test } from 'vitest';
import { createUsher } from '../src/index.js';
import { signUp } from './clerk.js';
import { startFaultProxy } from './fault-proxy.js';

test('an iterator reads all pages, and only the pages that are asked for', async () => {
  const proxy = await startFaultProxy();
  const { getToken } = await signUp();
  const usher = createUsher({ url: proxy.url, getToken });
  const ids: string[] = [];
  for (let count = 0; count < 5; count += 1) ids.unshift((await usher.threads.create()).id);
  proxy.seen = [];
  const read: string[] = [];
  for await (const thread of usher.threads.all({ limit: 2 })) read.push(thread.id);
  expect(read).toEqual(ids);
  expect(proxy.seen).toHaveLength(3);
  for await (const thread of usher.threads.all({ limit: 2 })) {
    expect(thread.id).toBe(ids[0]);
    break;
  }
  expect(proxy.seen).toHaveLength(4);
  const page = await usher.threads.list({ limit: 3 });
  const rest = await usher.threads.list({ cursor: page.next_cursor });
  expect([...page.items, ...rest.items].map(({ id }) => id)).toEqual(ids);
});

test('messages are read page by page', async () => {
  const { getToken } = await signUp();
  const usher = createUsher({ url: inject('apiUrl'), getToken });
  const { id } = await usher.threads.create();
  for (const content of ['a', 'b', 'c']) await usher.messages.create(id, { content });
  const contents: string[] = [];
  for await (const message of usher.messages.all(id, { limit: 1 })) contents.push(message.content);
  expect(contents).toEqual(['a', 'b', 'c']);
});

test('a search yields its hits page by page, with what matched', async () => {
  const proxy = await startFaultProxy();
  const { getToken } = await signUp();
  const usher = createUsher({ url: proxy.url, getToken });
  const { id } = await usher.threads.create({ title: 'Café & Straße' });
  for (const content of ['👩 STRASSE + café?', 'the café', 'no']) await usher.messages.create(id, { content });
  proxy.seen = [];
  const found: string[][] = [];
  for await (const { thread, message, snippet } of usher.search.all({ q: 'strasse CAF', limit: 1 })) {
    expect(thread.id).toBe(id);
    found.push([message?.role ?? 'title', ...snippet.ranges.map(({ start, end }) => snippet.text.slice(start, end))]);
  }
  expect(found).toEqual([
    ['title', 'Caf', 'Straße'],
    ['user', 'STRASSE', 'caf'],
  ]);
  expect(proxy.seen.length).toBeGreaterThan(1);
  const page = await usher.search.list({ q: 'café', kind: 'message', cursor: null });
  expect(page.items.map(({ snippet }) => snippet.text)).toEqual(['the café', '👩 STRASSE + café?']);
  expect(page.searched).toEqual({ threads: 1, messages: 3, back_to: null });
});
