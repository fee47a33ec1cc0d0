/** Replies in the lists of React, with the real API and its live updates. */

import '../react/page.js';
import { act, cleanup, render } from '@testing-library/react';
import { StrictMode } from 'react';
import { afterEach, expect, inject, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { createUsher, type Message, type WebSocketClass, type WebSocketLike } from '../../src/index.js';
import { useSession } from '../../src/react/context.js';
import { type Row, UsherProvider, useLiveStatus, useMessages } from '../../src/react/index.js';
import { createStreams, type UsherStreams } from '../../src/stream/index.js';
import { type ReplyHandle, useReply } from '../../src/stream/react/index.js';
import { signUp } from '../clerk.js';
import { askFor } from '../model.js';
import { createClerk, expectSilence } from '../react/dom/app.js';

const TIMEOUT = { timeout: 20_000 };

afterEach(cleanup);

/** What a tab shows of a message. */
const textOf = ({ content, status }: Pick<Message, 'content' | 'status'>) =>
  status === 'complete' ? content : `${content}(${status})`;

/** A thread of a new user, and tabs that show it. */
async function createScene() {
  expectSilence();
  const { userId, getToken } = await signUp();
  const url = inject('apiUrl');
  const usher = createUsher({ url, getToken });
  // A thread with a title, because the model would be asked for one.
  const thread = await usher.threads.create({ title: 'Questions' });

  function openTab(
    fetch: (url: string, init: RequestInit) => Promise<Response> = globalThis.fetch,
    Socket: WebSocketClass = WebSocket,
  ) {
    const streams = createStreams({ url, getToken, fetch });
    const { useAuth } = createClerk({ isLoaded: true, userId, sessionId: 'session' }, getToken);
    const client = createUsher({ url, WebSocket: Socket });
    const seen: string[][] = [];
    const tab: { rows: Row<Message>[]; pending: number; state: string; reply: ReplyHandle | undefined } = {
      rows: [],
      pending: 0,
      state: '',
      reply: undefined,
    };
    const view = render(
      <StrictMode>
        <UsherProvider client={client} useAuth={useAuth}>
          <List
            threadId={thread.id}
            streams={streams}
            onRender={(rows, state, reply, pending) => {
              seen.push(rows.map(textOf));
              Object.assign(tab, { rows, state, reply, pending });
            }}
          />
        </UsherProvider>
      </StrictMode>,
    );
    const until = (...expected: string[]) => vi.waitFor(() => expect(tab.rows.map(textOf)).toEqual(expected), TIMEOUT);
    return {
      tab,
      /** All lists that were shown. */
      seen,
      close: view.unmount,
      until,
      untilLive: () => vi.waitFor(() => expect(tab.state).toBe('open'), TIMEOUT),
      ask: (content: string, model?: string) =>
        act(async () => tab.reply?.create.mutate({ content, ...(model && { model }) })),
      stop: () => act(async () => tab.reply?.stop.mutate(tab.rows.at(-1)?.id ?? '')),
    };
  }
  return { thread, usher, openTab, streams: createStreams({ url, getToken }) };
}

interface ListProps {
  threadId: string;
  streams: UsherStreams;
  onRender: (rows: Row<Message>[], state: string, reply: ReplyHandle, pending: number) => void;
}

function List({ threadId, streams, onRender }: ListProps) {
  const { data } = useMessages(threadId);
  const { state } = useLiveStatus();
  const reply = useReply(streams, threadId, data);
  onRender(data ?? [], state, reply, useSession().getPending().length);
  return null;
}

/** Asserts that a list only grew: no row twice, no row or text gone again. */
function expectGrowth(seen: string[][]): void {
  const texts = seen.map((rows) => rows.map((row) => row.replace(/\(\w+\)$/, '')));
  for (const [index, rows] of texts.entries()) {
    const before = texts[index - 1] ?? [];
    expect(new Set(rows).size, JSON.stringify(seen)).toBe(rows.length);
    before.forEach((row, place) => {
      expect(rows[place]?.startsWith(row), JSON.stringify(seen)).toBe(true);
    });
  }
}

test('a reply grows in the list, and nothing flickers', async () => {
  const { openTab } = await createScene();
  const { question, step } = await askFor({ text: 'Because it might be so.', pace: 'stepped' });
  const { tab, seen, ask, until, untilLive } = openTab();
  await untilLive();
  await ask(question);
  await until(question, '(streaming)');
  const keys = tab.rows.map(({ key }) => key);
  await step(1);
  await until(question, 'Because (streaming)');
  await step(2);
  await until(question, 'Because it might (streaming)');
  await step(3);
  await until(question, 'Because it might be so.');
  // The rows of the table have replaced those that were shown.
  await vi.waitFor(() => expect(tab.rows.at(-1)?.model).toBe('emulator'), TIMEOUT);
  expect(tab.rows.map(({ key }) => key)).toEqual(keys);
  expectGrowth(seen);
  expect(tab).toMatchObject({ pending: 0, reply: { error: null, create: { isSuccess: true } } });
});

test('without live updates, the row is read when the reply has ended', async () => {
  const { openTab } = await createScene();
  const { question } = await askFor({ text: 'Because.' });
  // A socket that never opens.
  const { tab, ask, until } = openTab(
    undefined,
    class implements WebSocketLike {
      readyState = 0;
      onopen = null;
      onmessage = null;
      onclose = null;
      onerror = null;
      send() {}
      close() {}
    },
  );
  await vi.waitFor(() => expect(tab.reply?.create.isIdle && tab.state).toBe('connecting'), TIMEOUT);
  await ask(question);
  await until(question, 'Because.');
  await vi.waitFor(() => expect(tab.rows.at(-1)?.model).toBe('emulator'), TIMEOUT);
});

test('after a reload, a reply grows on', async () => {
  const { openTab } = await createScene();
  const { question, step } = await askFor({ text: 'Because it might.', pace: 'stepped' });
  const before = openTab();
  await before.untilLive();
  await before.ask(question);
  await step(1);
  await before.until(question, 'Because (streaming)');
  before.close();
  const { seen, until } = openTab();
  await until(question, 'Because (streaming)');
  await step(3);
  await until(question, 'Because it might.');
  expectGrowth(seen);
});

test('a reply is seen and stopped in another tab', async () => {
  const { openTab } = await createScene();
  const { question, step, states } = await askFor({ text: 'Because it might.', pace: 'stepped' });
  const [first, second] = [openTab(), openTab()];
  await Promise.all([first.untilLive(), second.untilLive()]);
  await first.ask(question);
  await step(1);
  await second.until(question, 'Because (streaming)');
  await second.stop();
  await Promise.all([first, second].map((tab) => tab.until(question, 'Because (stopped)')));
  await vi.waitFor(async () => expect(await states()).toEqual(['closed']), TIMEOUT);
  expect(second.tab.reply?.stop.isSuccess).toBe(true);
});

test('a connection that breaks off is resumed where it was', async () => {
  const { openTab } = await createScene();
  const { question, step } = await askFor({ text: 'Because it might.', pace: 'stepped' });
  let cut = () => {};
  const asked: string[] = [];
  const { seen, ask, until, untilLive } = openTab(async (url, init) => {
    asked.push(`${init.method} ${url.replace(/.*replies/, '').replace(/[0-9a-f-]{36}/, 'ID')}`);
    const response = await fetch(url, init);
    if (init.method !== 'POST') return response;
    const { readable, writable } = new TransformStream();
    const broken = new AbortController();
    response.body?.pipeTo(writable, { signal: broken.signal }).catch(() => {});
    cut = () => broken.abort(new TypeError('cut'));
    return new Response(readable, response);
  });
  await untilLive();
  await ask(question);
  await step(1);
  await until(question, 'Because (streaming)');
  await act(async () => cut());
  await step(3);
  await until(question, 'Because it might.');
  expectGrowth(seen);
  expect(asked).toEqual(['POST ', 'GET /ID?offset=8']);
});

test('a request that is refused takes its message back', async () => {
  const { openTab } = await createScene();
  const { tab, ask, until, untilLive } = openTab();
  await untilLive();
  await ask('Why?', 'expensive');
  await vi.waitFor(() => expect(tab.reply?.create.error).toMatchObject({ code: 'invalid-field' }), TIMEOUT);
  await until();
});

test('a page that leaves reads no more, and the reply goes on', async () => {
  const { openTab, usher, thread } = await createScene();
  const { question, step } = await askFor({ text: 'Because it might.', pace: 'stepped' });
  const signals: AbortSignal[] = [];
  const { ask, until, untilLive, close } = openTab((url, init) => {
    if (init.signal) signals.push(init.signal);
    return fetch(url, init);
  });
  await untilLive();
  await ask(question);
  await step(1);
  await until(question, 'Because (streaming)');
  close();
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  await step(3);
  await vi.waitFor(async () => {
    const { items } = await usher.messages.list(thread.id);
    expect(items.map(textOf)).toEqual([question, 'Because it might.']);
  }, TIMEOUT);
});

test('a reply that fails keeps its text', async () => {
  const { openTab } = await createScene();
  const { question } = await askFor({ text: 'Because it', end: 'break_off' });
  const { ask, until, untilLive } = openTab();
  await untilLive();
  await ask(question);
  await until(question, 'Because it(failed)');
});

test('a thread that is deleted ends its reply', async () => {
  const { openTab, usher, thread } = await createScene();
  const { question, step } = await askFor({ text: 'Because it might.', pace: 'stepped' });
  const { ask, until, untilLive } = openTab();
  await untilLive();
  await ask(question);
  await step(1);
  await until(question, 'Because (streaming)');
  await usher.threads.delete(thread.id);
  await until(question, 'Because (interrupted)');
});

test('a stream behind the row takes nothing back', async () => {
  const { openTab, streams, thread } = await createScene();
  const { question, step } = await askFor({ text: 'Because it might.', pace: 'stepped' });
  await (await streams.replies.create(thread.id, { content: question })).next();
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const { tab, seen, until, untilLive } = openTab(async () => {
    const start = (own: typeof controller) => {
      controller = own;
    };
    return new Response(new ReadableStream({ start }));
  });
  await untilLive();
  await until(question, '(streaming)');
  await step(1);
  // A bell.
  await until(question, 'Because (streaming)');
  const shown = seen.length;
  await act(async () =>
    controller?.enqueue(new TextEncoder().encode('id: 2\ndata: {"type":"text-delta","id":"0","delta":"Be"}\n\n')),
  );
  await vi.waitFor(() => expect(seen.length).toBeGreaterThan(shown));
  expect(tab.rows.map(textOf)).toEqual([question, 'Because (streaming)']);
});

test('a reply that may not be read is not asked for again', async () => {
  const { openTab, streams, thread } = await createScene();
  const { question, step } = await askFor({ text: 'Because it might.', pace: 'stepped' });
  await (await streams.replies.create(thread.id, { content: question })).next();
  let refusals = 0;
  const { tab, until, untilLive } = openTab(async () => {
    refusals++;
    return Response.json({ type: 'urn:usher:problem:forbidden', detail: 'no' }, { status: 403 });
  });
  await untilLive();
  await vi.waitFor(() => expect(tab.reply?.error).toMatchObject({ code: 'forbidden' }), TIMEOUT);
  const before = refusals;
  // Live updates show the end all the same.
  await step(4);
  await until(question, 'Because it might.');
  expect(refusals).toBe(before);
});
