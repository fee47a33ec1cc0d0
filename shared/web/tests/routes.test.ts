/** Every method against the real API. */

import { expect, inject, test, vi } from 'vitest';
import { createUsher } from '../src/index.js';
import { signUp } from './clerk.js';

async function createClient(firstName?: string) {
  const { userId, getToken } = await signUp(firstName);
  return { userId, usher: createUsher({ url: inject('apiUrl'), getToken }) };
}

test('the caller is read, and its card by another user', async () => {
  const ada = await createClient('Ada');
  const bob = await createClient('Bob');
  expect(await ada.usher.user.get()).toMatchObject({ id: ada.userId, first_name: 'Ada' });
  expect(await bob.usher.users.get(ada.userId)).toMatchObject({ id: ada.userId, name: 'Ada' });
  expect(await ada.usher.user.status()).toMatchObject({ status: 'signed_in', identity: { subject: ada.userId } });
});

test('the status without a token is no error', async () => {
  const usher = createUsher({ url: `${inject('apiUrl')}/`, getToken: () => null });
  expect(await usher.user.status()).toEqual({ status: 'no_token' });
});

test('a thread is created, read, renamed, listed and deleted', async () => {
  const { usher } = await createClient();
  const thread = await usher.threads.create({ title: 'Engines' });
  expect(await usher.threads.get(thread.id)).toEqual(thread);
  const renamed = await usher.threads.update(thread.id, { title: null });
  expect(renamed).toMatchObject({ id: thread.id, title: null });
  expect(await usher.threads.list()).toEqual({ items: [renamed], next_cursor: null });
  expect(await usher.threads.delete(thread.id)).toBeUndefined();
  expect(await usher.threads.list()).toEqual({ items: [], next_cursor: null });
  expect((await usher.threads.create()).title).toBeNull();
});

test('messages and exchanges are created and listed', async () => {
  const { usher } = await createClient();
  const { id } = await usher.threads.create();
  const message = await usher.messages.create(id, { content: 'Hello', parts: [{ type: 'text', text: 'Hello' }] });
  expect(message).toMatchObject({ thread_id: id, role: 'user', content: 'Hello' });
  const exchange = await usher.exchanges.create(id, {
    user: { content: 'Can it compose music?' },
    assistant: { content: 'It might.', model: 'analytical-1' },
  });
  expect((await usher.messages.list(id)).items).toEqual([message, exchange.user, exchange.assistant]);
});

test('settings are changed only in the expected version', async () => {
  const { usher } = await createClient();
  const empty = await usher.settings.get();
  expect(empty.values).toEqual({});
  const first = await usher.settings.update({ theme: 'dark', size: 2 }, { ifMatch: empty.etag });
  expect(first.values).toEqual({ theme: 'dark', size: 2 });
  expect(await usher.settings.get()).toEqual(first);
  const second = await usher.settings.update({ size: null }, { ifMatch: first.etag });
  expect(second.values).toEqual({ theme: 'dark' });
  const late = usher.settings.update({ theme: 'light' }, { ifMatch: first.etag });
  await expect(late).rejects.toMatchObject({ status: 412, code: 'version-mismatch' });
  const withoutVersion = usher.settings.update({ theme: 'light' }, { ifMatch: '' });
  await expect(withoutVersion).rejects.toMatchObject({ status: 412 });
});

test('a route without a method is reached by a request', async () => {
  const { usher } = await createClient();
  const thread = await usher.threads.create();
  const answer = await usher.request<{ items: unknown[] }>('GET', '/threads', { query: { limit: 1, cursor: null } });
  expect(answer.body.items).toEqual([thread]);
});

test('the deletion of an account may be repeated', async () => {
  const token = await (await signUp()).getToken();
  const getToken = vi.fn(() => token);
  const usher = createUsher({ url: inject('apiUrl'), getToken });
  expect(await usher.user.delete()).toEqual({ outcome: 'deleted' });
  expect(await usher.user.delete()).toEqual({ outcome: 'deleted' });
  await expect(usher.user.get()).rejects.toMatchObject({ status: 401, code: 'user-deleted' });
  // No other token would be accepted.
  expect(getToken).toHaveBeenCalledTimes(3);
});
