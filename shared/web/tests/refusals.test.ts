/** What is refused before a request is sent, because it cannot be sent as the caller means it. */

import { inspect } from 'node:util';
import { expect, test, vi } from 'vitest';
import { createUsher, type UsherOptions } from '../src/index.js';

/** A client whose requests are only recorded. */
function createRecorder(options: Partial<UsherOptions> = {}) {
  const fetch = vi.fn(async (_url: string) => new Response('{}'));
  return { fetch, usher: createUsher({ url: 'https://api.example', getToken: () => null, fetch, ...options }) };
}

test('a URL that paths cannot be added to is refused', () => {
  const refused = [
    'https://api.example?key=1',
    'https://api.example/#top',
    'https://user:password@api.example',
    'https://',
    'https://api example',
    'ftp://api.example',
    'api.example',
    'localhost:3000',
    '//api.example',
    '/\\api.example',
    ' https://api.example',
    undefined,
  ] as string[];
  for (const url of refused)
    expect(() => createUsher({ url, getToken: () => null }), url).toThrow('url must begin with https://');
  for (const url of ['https://api.example/prod/', 'HTTP://[::1]:3000', '/', '/api', ''])
    expect(createUsher({ url, getToken: () => null }), url).toBeDefined();
});

test('a URL without a host is refused outside of a page', async () => {
  for (const url of ['', '/api']) {
    const usher = createUsher({ url, getToken: () => null });
    await expect(usher.threads.list()).rejects.toThrow(
      new TypeError('url must begin with https:// or http:// outside of a page'),
    );
  }
});

test('an id of dots does not call another route', async () => {
  const { fetch, usher } = createRecorder();
  for (const id of ['.', '..']) {
    await expect(usher.threads.delete(id)).rejects.toBeInstanceOf(TypeError);
    await expect(usher.messages.create(id, { content: 'Hello' })).rejects.toBeInstanceOf(TypeError);
    await expect(usher.messages.all(id).next()).rejects.toBeInstanceOf(TypeError);
    await expect(usher.users.get(id)).rejects.toBeInstanceOf(TypeError);
  }
  for (const path of ['/notes/../threads', '/notes/%2E./threads', '..\\threads', '/notes/.?page=1'])
    await expect(usher.request('GET', path), path).rejects.toThrow('no segment of a path');
  expect(fetch).not.toHaveBeenCalled();
  for (const path of ['/notes/...', '/.notes', '/notes?path=/../threads']) await usher.request('GET', path);
  await usher.threads.get('../..');
  expect(fetch.mock.calls.map(([url]) => new URL(url).pathname)).toEqual([
    '/notes/...',
    '/.notes',
    '/notes',
    '/threads/..%2F..',
  ]);
});

test('a value that a header cannot have is no lost request', async () => {
  const { fetch, usher } = createRecorder();
  for (const value of ['€', 'a\nb']) {
    await expect(usher.threads.create({}, { idempotencyKey: value })).rejects.toBeInstanceOf(TypeError);
    await expect(usher.settings.update({}, { ifMatch: value })).rejects.toBeInstanceOf(TypeError);
    const { usher: other } = createRecorder({ getToken: () => `the-secret-token${value}` });
    const error = await other.threads.list().catch((error: unknown) => error);
    expect(error).toBeInstanceOf(TypeError);
    expect(inspect(error, { depth: null, showHidden: true })).not.toContain('the-secret-token');
  }
  expect(fetch).not.toHaveBeenCalled();
});

test('a body that cannot be JSON is an error of the caller', async () => {
  const { fetch, usher } = createRecorder();
  await expect(usher.settings.update({ size: 1n })).rejects.toBeInstanceOf(TypeError);
  expect(fetch).not.toHaveBeenCalled();
});
