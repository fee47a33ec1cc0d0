/** The AI SDK's own `useChat`, with replies of the real API. */

import '../react/page.js';
import { type UseChatHelpers, useChat } from '@ai-sdk/react';
import { act, cleanup, renderHook } from '@testing-library/react';
import { afterEach, expect, inject, test, vi } from 'vitest';
import { createReplyChat, type ReplyChatOptions, type ReplyMessage, toUIMessages } from '../../src/ai/index.js';
import { createUsher, type Message } from '../../src/index.js';
import { createStreams } from '../../src/stream/index.js';
import { signUp } from '../clerk.js';
import { askFor } from '../model.js';

const TIMEOUT = { timeout: 20_000 };

afterEach(cleanup);

/** A thread of a new user, and chats in it, whose requests are recorded. */
async function createScene() {
  const { getToken } = await signUp();
  const options = { url: inject('apiUrl'), getToken };
  const usher = createUsher(options);
  // A thread with a title, because the model would be asked for one.
  const thread = await usher.threads.create({ title: 'Questions' });
  const requests: { what: string; headers: Record<string, string> }[] = [];
  const fetch = (url: string, init: RequestInit) => {
    const headers = init.headers as Record<string, string>;
    requests.push({ what: `${init.method} ${url.slice(options.url.length)}`, headers });
    return globalThis.fetch(url, init);
  };
  const readMessages = async () => (await usher.messages.list(thread.id)).items;
  return {
    thread,
    streams: createStreams(options),
    requests,
    readMessages,
    /** Waits for the status of the last message. */
    untilStored: (status: string) =>
      vi.waitFor(async () => expect((await readMessages()).at(-1)?.status).toBe(status), TIMEOUT),
    /** Shows a chat with these messages, twice as React does in development. */
    show(messages: Message[] = [], own: Partial<ReplyChatOptions> = {}) {
      const chat = createReplyChat({ ...options, fetch, ...own }, thread.id, messages);
      return renderHook(() => useChat<ReplyMessage>(chat), { reactStrictMode: true });
    },
  };
}

type Shown = { current: UseChatHelpers<ReplyMessage> };

/** The texts of the messages that are shown. */
const texts = ({ current }: Shown) =>
  current.messages.map(({ parts }) => parts.map((part) => (part.type === 'text' ? part.text : '')).join('|'));

/** Sends a message, and does not wait for its reply. */
function send({ current }: Shown, text: string): void {
  act(() => {
    current.sendMessage({ text });
  });
}

const until = (result: Shown, ...expected: string[]) =>
  vi.waitFor(() => expect(texts(result)).toEqual(expected), TIMEOUT);
const untilStatus = (result: Shown, status: string) =>
  vi.waitFor(() => expect(result.current.status).toBe(status), TIMEOUT);

test('a reply is shown as it grows', async () => {
  const { show, readMessages } = await createScene();
  const { question, step } = await askFor({ text: 'Because it might.', pace: 'stepped' });
  const { result } = show();
  send(result, question);
  await step(1);
  await until(result, question, 'Because ');
  expect(result.current.status).toBe('streaming');
  await step(3);
  await until(result, question, 'Because it might.');
  await untilStatus(result, 'ready');
  const [asked, reply] = await readMessages();
  expect([asked?.content, reply?.content]).toEqual([question, 'Because it might.']);
  expect(result.current.messages[1]).toMatchObject({ id: reply?.id, metadata: { status: 'complete' } });
});

test('after a reload, a reply goes on and is shown once', async () => {
  const { show, readMessages, requests } = await createScene();
  const { question, step } = await askFor({ text: 'Because it might be so.', pace: 'stepped' });
  const before = show();
  send(before.result, question);
  await step(2);
  await until(before.result, question, 'Because it ');
  before.unmount();
  const messages = await readMessages();
  expect(messages[1]?.status).toBe('streaming');
  const { result } = show(messages);
  await untilStatus(result, 'streaming');
  await step(4);
  await until(result, question, 'Because it might be so.');
  await untilStatus(result, 'ready');
  // React mounts twice in development, and the second request of `useChat` replaces the first.
  expect(requests.filter(({ what }) => /DELETE|POST/.test(what)).length).toBe(1);
  expect((await readMessages()).map(({ status }) => status)).toEqual(['complete', 'complete']);
});

test('a reply that ends during a reload is shown whole', async () => {
  const { show, readMessages, untilStored } = await createScene();
  const { question, step } = await askFor({ text: 'Because it might.', pace: 'stepped' });
  const before = show();
  send(before.result, question);
  await step(1);
  await until(before.result, question, 'Because ');
  const messages = await readMessages();
  before.unmount();
  await step(3);
  await untilStored('complete');
  const { result } = show(messages);
  await until(result, question, 'Because it might.');
  await untilStatus(result, 'ready');
});

test('where nothing streams, nothing is asked', async () => {
  const { show, streams, thread, readMessages, requests } = await createScene();
  const { question } = await askFor({ text: 'Because.' });
  for await (const _ of await streams.replies.create(thread.id, { content: question }));
  const { result } = show(await readMessages());
  await act(() => result.current.resumeStream());
  expect([texts(result), result.current.status, requests]).toEqual([[question, 'Because.'], 'ready', []]);
});

test('stop ends the reply everywhere', async () => {
  const { show, untilStored } = await createScene();
  const { question, step, states } = await askFor({ text: 'Because it might.', pace: 'stepped' });
  const { result } = show();
  send(result, question);
  await step(1);
  await until(result, question, 'Because ');
  await act(() => result.current.stop());
  expect(result.current.status).toBe('ready');
  await untilStored('stopped');
  await vi.waitFor(async () => expect(await states()).toEqual(['closed']), TIMEOUT);
});

test('stop ends a reply that has not begun', async () => {
  const { show, untilStored } = await createScene();
  const { question } = await askFor({ text: 'Because.', pace: 'stepped' });
  let release = () => {};
  const { result } = show([], {
    fetch: async (url, init) => {
      if (init.method === 'POST') await new Promise<void>((resolve) => (release = resolve));
      return fetch(url, init);
    },
  });
  send(result, question);
  await untilStatus(result, 'submitted');
  await act(() => result.current.stop());
  expect(result.current.status).toBe('ready');
  release();
  await untilStored('stopped');
});

test('a stop that fails is told', async () => {
  const { show } = await createScene();
  const { question, step } = await askFor({ text: 'Because.', pace: 'stepped' });
  const onStopError = vi.fn();
  const { result } = show([], {
    onStopError,
    tries: 1,
    fetch: (url, init) => (init.method === 'DELETE' ? Promise.reject(new TypeError('offline')) : fetch(url, init)),
  });
  send(result, question);
  await step(1);
  await until(result, question, 'Because.');
  await act(() => result.current.stop());
  await vi.waitFor(() => expect(onStopError).toHaveBeenCalledWith(expect.objectContaining({ code: 'network' })));
});

test('each request has a token of its own', async () => {
  const { show, requests, readMessages } = await createScene();
  const { question, step } = await askFor({ text: 'Because.', pace: 'stepped' });
  const before = show();
  send(before.result, question);
  await step(1);
  await until(before.result, question, 'Because.');
  const { result } = show(await readMessages());
  await untilStatus(result, 'streaming');
  await act(() => result.current.stop());
  await vi.waitFor(() => expect(requests.at(-1)?.what).toMatch(/^DELETE /));
  const tokens = requests.map(({ headers }) => headers.authorization);
  expect(tokens.every((token) => token?.startsWith('Bearer ey'))).toBe(true);
  expect(new Set(tokens).size).toBe(requests.length);
});

test('a fifth reply is refused with the error of the client', async () => {
  const { show, streams, thread } = await createScene();
  const { question } = await askFor({ text: 'Because.', pace: 'stepped' });
  for (let count = 0; count < 4; count++) await (await streams.replies.create(thread.id, { content: question })).next();
  const { result } = show([], { tries: 1 });
  await act(() => result.current.sendMessage({ text: question }));
  expect(result.current).toMatchObject({ status: 'error', error: { name: 'UsherError', code: 'too-many-replies' } });
});

test.each([
  [503, 'model-not-configured'],
  [401, 'invalid-token'],
])('a refusal with %i is the error of the client', async (status, code) => {
  const { show } = await createScene();
  const answer = vi.fn(async () => Response.json({ type: `urn:usher:problem:${code}`, detail: 'no' }, { status }));
  const { result } = show([], { fetch: answer, getToken: () => 'a.b.c' });
  await act(() => result.current.sendMessage({ text: 'Why?' }));
  expect(result.current).toMatchObject({ status: 'error', error: { name: 'UsherError', code, status } });
  // A repeat helps at most after a 401, with a new token.
  expect(answer).toHaveBeenCalledTimes(status === 401 ? 2 : 1);
});

/** A `fetch` whose answers the test cuts. */
function createCuttable() {
  const requests: string[] = [];
  const keys: (string | null)[] = [];
  let cut = () => {};
  let isOffline = false;
  return {
    requests,
    keys,
    /** Cuts the last answer. */
    cut: () => act(async () => cut()),
    setOffline: (next: boolean) => {
      isOffline = next;
    },
    fetch: async (url: string, init: RequestInit) => {
      requests.push(`${init.method} ${new URL(url).search}`);
      keys.push(new Headers(init.headers).get('idempotency-key'));
      if (isOffline) throw new TypeError('offline');
      const response = await fetch(url, init);
      const { readable, writable } = new TransformStream();
      const broken = new AbortController();
      response.body?.pipeTo(writable, { signal: broken.signal }).catch(() => {});
      cut = () => broken.abort(new TypeError('cut'));
      return new Response(readable, response);
    },
  };
}

test('a connection that breaks off is resumed where it was', async () => {
  const { show } = await createScene();
  const { question, step } = await askFor({ text: 'Because 🎉 it might.', pace: 'stepped' });
  const { fetch, requests, cut } = createCuttable();
  const { result } = show([], { fetch });
  send(result, question);
  await step(2);
  await until(result, question, 'Because 🎉 ');
  await cut();
  await step(1);
  await until(result, question, 'Because 🎉 it ');
  expect(result.current.status).toBe('streaming');
  await cut();
  await step(2);
  await until(result, question, 'Because 🎉 it might.');
  await untilStatus(result, 'ready');
  expect(requests).toEqual(['POST ', 'GET ?offset=10', 'GET ?offset=13']);
});

test('a connection that brings nothing more is an error', async () => {
  const { show, thread } = await createScene();
  const start = `data: {"type":"start","messageId":"${thread.id}","messageMetadata":{"status":"streaming"}}\n\n`;
  const answer = vi.fn(async () => {
    const { readable, writable } = new TransformStream();
    const writer = writable.getWriter();
    writer.write(new TextEncoder().encode(start)).then(() => writer.abort(new TypeError('cut')));
    return new Response(readable);
  });
  const { result } = show([], { fetch: answer });
  await act(() => result.current.sendMessage({ text: 'Why?' }));
  expect(result.current).toMatchObject({ status: 'error', error: { code: 'network' } });
  expect(answer).toHaveBeenCalledTimes(2);
});

test('a repeat after a lost connection creates nothing twice', async () => {
  const { show, readMessages } = await createScene();
  const { question, step } = await askFor({ text: 'Because it might.', pace: 'stepped' });
  const { fetch, requests, keys, cut, setOffline } = createCuttable();
  const { result } = show([], { fetch, tries: 1 });
  send(result, question);
  await step(1);
  await until(result, question, 'Because ');
  setOffline(true);
  await cut();
  await untilStatus(result, 'error');
  expect(result.current.error).toMatchObject({ name: 'UsherError', code: 'network' });
  setOffline(false);
  act(() => {
    result.current.regenerate();
  });
  await step(3);
  await until(result, question, 'Because it might.');
  await untilStatus(result, 'ready');
  expect([requests, keys[2]]).toEqual([['POST ', 'GET ?offset=8', 'POST '], keys[0]]);
  expect((await readMessages()).length).toBe(2);
});

test('after a lost connection, resumeStream shows the reply once', async () => {
  const { show } = await createScene();
  const { question, step } = await askFor({ text: 'Because it might.', pace: 'stepped' });
  const { fetch, cut, setOffline } = createCuttable();
  const { result } = show([], { fetch, tries: 1 });
  send(result, question);
  await step(1);
  await until(result, question, 'Because ');
  setOffline(true);
  await cut();
  await untilStatus(result, 'error');
  setOffline(false);
  await step(3);
  act(() => {
    result.current.resumeStream();
  });
  await until(result, question, 'Because it might.');
  await untilStatus(result, 'ready');
});

test('after a stop, regenerate asks anew', async () => {
  const { show, readMessages } = await createScene();
  const { question, step } = await askFor({ text: 'Because it might.', pace: 'stepped' });
  const { result } = show();
  send(result, question);
  await step(1);
  await until(result, question, 'Because ');
  await act(() => result.current.stop());
  act(() => {
    result.current.regenerate();
  });
  await vi.waitFor(async () => expect((await readMessages()).length).toBe(4), TIMEOUT);
});

test.each([
  ['interrupted', true],
  ['failed', false],
])('a repeat after %s has the same key: %s', async (status, isSame) => {
  const { show } = await createScene();
  const chunks = [
    { type: 'start', messageId: 'm1', messageMetadata: { status: 'streaming' } },
    { type: 'message-metadata', messageMetadata: { status } },
    { type: 'error', errorText: `the reply is ${status}` },
  ];
  const answer = vi.fn(
    async (_url: string, _init: RequestInit) =>
      new Response(chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('')),
  );
  const { result } = show([], { fetch: answer });
  await act(() => result.current.sendMessage({ text: 'Why?' }));
  expect(result.current).toMatchObject({ status: 'error', error: { message: `the reply is ${status}` } });
  await act(() => result.current.regenerate());
  const keys = answer.mock.calls.map(([, { headers }]) => new Headers(headers).get('idempotency-key'));
  expect([keys.length, keys[0] === keys[1]]).toEqual([2, isSame]);
});

test('a model and other parts reach the API', async () => {
  const { show, readMessages } = await createScene();
  const { question } = await askFor({ text: 'Because.' });
  const { result } = show();
  const file = { type: 'file' as const, mediaType: 'text/plain', url: 'data:text/plain,hi' };
  await act(() =>
    result.current.sendMessage(
      { parts: [file, { type: 'text', text: question }] },
      { body: { model: 'other-emulator' } },
    ),
  );
  const [asked, reply] = await readMessages();
  expect([asked?.content, asked?.parts?.[0], reply?.model]).toEqual([question, file, 'other-emulator']);
  expect(toUIMessages(await readMessages())).toMatchObject([
    { id: asked?.id, role: 'user', parts: [file, { text: question }] },
    { id: reply?.id, role: 'assistant', parts: [{ type: 'text', text: 'Because.' }], metadata: { status: 'complete' } },
  ]);
});
