/** Which token is sent, and when a new one is asked for. */

import { inspect } from 'node:util';
import { expect, inject, test, vi } from 'vitest';
import { createUsher, UsherError } from '../src/index.js';
import { expire, signUp } from './clerk.js';
import { startFaultProxy } from './fault-proxy.js';

/** Returns the token with another signature. */
const forge = (token: string) => token.slice(0, -8) + (token.endsWith('AAAAAAAA') ? 'BBBBBBBB' : 'AAAAAAAA');

test('an expired token is replaced once, without the cache', async () => {
  const { userId, getToken } = await signUp();
  const expired = await expire(await getToken());
  const asked: unknown[] = [];
  const usher = createUsher({
    url: inject('apiUrl'),
    getToken: (options) => {
      asked.push(options);
      return options?.skipCache ? getToken() : expired;
    },
  });
  expect((await usher.user.get()).id).toBe(userId);
  expect(asked).toEqual([undefined, { skipCache: true }]);
  const renewing = createUsher({ url: inject('apiUrl'), getToken: () => expired });
  await expect(renewing.user.get()).rejects.toMatchObject({ detail: expect.stringContaining('expired') });
});

test('a token that stays refused is sent twice', async () => {
  const proxy = await startFaultProxy();
  const token = forge(await (await signUp()).getToken());
  const usher = createUsher({ url: proxy.url, getToken: () => token });
  await expect(usher.threads.create()).rejects.toMatchObject({ status: 401, code: 'invalid-token' });
  expect(proxy.seen.map(({ status }) => status)).toEqual([401, 401]);
  expect(new Set(proxy.seen.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
});

test('a request without a token is sent once', async () => {
  const proxy = await startFaultProxy();
  const getToken = vi.fn(() => null);
  const usher = createUsher({ url: proxy.url, getToken });
  await expect(usher.threads.list()).rejects.toMatchObject({ status: 401, code: 'no-token' });
  expect(proxy.seen.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  expect(getToken).toHaveBeenCalledTimes(1);
});

test('every try asks for a token', async () => {
  const proxy = await startFaultProxy();
  const { getToken } = await signUp();
  const usher = createUsher({ url: proxy.url, getToken });
  proxy.faults = ['cut', 'cut'];
  await usher.threads.list();
  expect(new Set(proxy.seen.map(({ headers }) => headers.authorization)).size).toBe(3);
});

test('a repeat is not sent when the user has signed out or is another one', async () => {
  const proxy = await startFaultProxy();
  const token = await (await signUp()).getToken();
  for (const next of [null, await (await signUp()).getToken()]) {
    const tokens = [token, next];
    const usher = createUsher({ url: proxy.url, getToken: () => tokens.shift() });
    proxy.faults = [{ status: 503 }];
    await expect(usher.threads.create()).rejects.toMatchObject({ status: 503, code: 'unavailable' });
  }
  expect(proxy.seen).toHaveLength(2);
});

test('a client for another caller shares nothing but its options', async () => {
  const proxy = await startFaultProxy();
  const base = createUsher({ url: proxy.url });
  await expect(base.user.get()).rejects.toMatchObject({ code: 'no-token' });
  const [ada, bob] = [await signUp('Ada'), await signUp('Bob')];
  const [ofAda, ofBob] = [base.withToken(ada.getToken), base.withToken(bob.getToken)];
  expect((await ofAda.user.get()).id).toBe(ada.userId);
  expect((await ofBob.user.get()).id).toBe(bob.userId);
  await ofAda.user.get();
  await ofAda.withToken(ada.getToken).user.get();
  expect(proxy.seen.map(({ status }) => status)).toEqual([401, 200, 200, 304, 200]);
});

test('an error of getToken is passed on', async () => {
  const error = new Error('Clerk is offline');
  const usher = createUsher({ url: inject('apiUrl'), getToken: () => Promise.reject(error) });
  await expect(usher.threads.list()).rejects.toBe(error);
  const synchronous = createUsher({
    url: inject('apiUrl'),
    getToken: () => {
      throw error;
    },
  });
  await expect(synchronous.threads.list()).rejects.toBe(error);
});

test('no error shows the token', async () => {
  const proxy = await startFaultProxy();
  const token = forge(await (await signUp()).getToken());
  const failing: (typeof fetch)[] = [
    // AWS quotes the header of a request that it cannot read.
    async (_url, init) =>
      Response.json(
        { message: `Invalid header: '${new Headers(init?.headers).get('authorization')}'` },
        { status: 403 },
      ),
    // The message of this error quotes the header.
    async (_url, init) =>
      fetch('http://127.0.0.1:1', { headers: { a: `${new Headers(init?.headers).get('authorization')}\n€` } }),
    async (_url, init) => {
      throw new Error('no answer', { cause: { code: 'ECONNRESET', init } });
    },
  ];
  const clients = failing.map((fetch) => createUsher({ url: proxy.url, getToken: () => token, fetch, tries: 1 }));
  clients.push(createUsher({ url: proxy.url, getToken: () => token, tries: 1 }));
  for (const usher of clients) {
    const error = await usher.threads.create().catch((error: unknown) => error);
    expect(error).toBeInstanceOf(UsherError);
    const shown = [inspect(error, { depth: null, showHidden: true }), JSON.stringify(error), String(error)].join();
    expect(shown).toMatch(/network|invalid-token|unexpected/);
    expect(shown).not.toContain(token.slice(-20));
  }
});

test('a redirect is not followed, so no other address gets it', async () => {
  const [proxy, other] = [await startFaultProxy(), await startFaultProxy()];
  const usher = createUsher({ url: proxy.url, getToken: (await signUp()).getToken });
  for (const status of [301, 302, 303, 307, 308]) {
    proxy.faults = [{ status, headers: { location: `${other.url}/threads` } }];
    await expect(usher.threads.create()).rejects.toMatchObject({ status, code: 'unexpected' });
  }
  expect(proxy.seen).toHaveLength(5);
  expect(other.seen).toEqual([]);
});

test('a path without a slash does not change the host', async () => {
  const seen: string[] = [];
  const fetch = async (url: string) => {
    seen.push(url);
    return new Response('{}');
  };
  for (const url of ['https://api.example', '']) {
    const usher = createUsher({ url, getToken: () => null, fetch });
    for (const path of ['.evil.example', '//evil.example', '\\evil.example', '/\t/evil.example', '/notes'])
      await usher.request('GET', path);
  }
  expect(seen).toEqual([
    'https://api.example/.evil.example',
    'https://api.example/evil.example',
    'https://api.example/evil.example',
    'https://api.example/evil.example',
    'https://api.example/notes',
    '/.evil.example',
    '/evil.example',
    '/evil.example',
    '/evil.example',
    '/notes',
  ]);
});

test("Clerk's own functions can be passed as getToken", () => {
  // The types of `useAuth` in @clerk/react 6 and of `auth` in @clerk/nextjs 7.
  type Browser = (options?: {
    template?: string;
    organizationId?: string;
    skipCache?: boolean;
  }) => Promise<string | null>;
  type Server = (options?: { template?: string; expiresInSeconds?: number }) => Promise<string | null>;
  const browser: Browser = async () => null;
  const server: Server = async () => null;
  for (const getToken of [browser, server]) expect(createUsher({ url: '/api', getToken })).toBeDefined();
});
