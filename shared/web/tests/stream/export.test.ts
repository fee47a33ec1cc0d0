/** Exports: saved with progress, and checked. */

import { expect, inject, test, vi } from 'vitest';
import { createUsher } from '../../src/index.js';
import { createStreams, type ExportProgress, IncompleteExportError } from '../../src/stream/index.js';
import { signUp } from '../clerk.js';

/** Returns streams whose server gives these answers, one after the other. */
function streamsOf(...answers: (() => Response)[]) {
  const fetch = vi.fn(async (_url: string, _init: RequestInit) => (answers.shift() ?? Response.error)());
  return { fetch, streams: createStreams({ url: 'https://api.example.com', getToken: () => 'a.b.c', fetch }) };
}

/** Returns an answer with this text, in pieces of 7 bytes. */
function answer(text: string, breaksOff = false): () => Response {
  const bytes = new TextEncoder().encode(text);
  return () => {
    let at = 0;
    const body = new ReadableStream({
      pull(controller) {
        if (at < bytes.length) controller.enqueue(bytes.slice(at, at + 7));
        else if (breaksOff) controller.error(new TypeError('terminated'));
        else controller.close();
        at += 7;
      },
    });
    return new Response(body, { headers: { 'content-type': 'application/x-ndjson' } });
  };
}

const HEADER = '{"type":"header","format":"usher-export","version":1}\n';
const THREAD = '{"type":"thread","title":"Pläne"}\n';

/** Returns the last line of an answer with these lines. */
async function endOf(lines: string, threads: number, rest: object): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(lines)));
  const sha256 = Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
  const counts = { users: 0, settings: 0, threads, messages: 0 };
  return `${JSON.stringify({ type: 'end', counts, sha256, ...rest })}\n`;
}

const ignore = () => {};

test('an export of the API is whole', async () => {
  const { userId, getToken } = await signUp();
  const url = inject('apiUrl');
  const usher = createUsher({ url, getToken });
  const { id } = await usher.threads.create({ title: 'Plans' });
  for (let n = 0; n < 3; n++) await usher.messages.create(id, { content: `message ${n}` });

  const parts: Uint8Array<ArrayBuffer>[] = [];
  const steps: ExportProgress[] = [];
  const streams = createStreams({ url, getToken });
  const result = await streams.user.export((part) => parts.push(part), { onProgress: (step) => steps.push(step) });
  const text = await new Blob(parts).text();
  const lines = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.map(({ type }) => type)).toEqual([
    'header',
    'user',
    'settings',
    'thread',
    'message',
    'message',
    'message',
    'end',
  ]);
  expect(lines[1].user.id).toBe(userId);
  expect(result.counts).toEqual({ users: 1, settings: 1, threads: 1, messages: 3 });
  expect(result.bytes).toBe(new TextEncoder().encode(text).length);
  expect(steps.at(-1)).toEqual(result);
});

test('an export of several answers is one file', async () => {
  const first = HEADER + THREAD;
  const { streams, fetch } = streamsOf(
    answer(first + (await endOf(first, 1, { outcome: 'continues', next_cursor: 'a/b' }))),
    answer(THREAD + THREAD + (await endOf(THREAD + THREAD, 2, { outcome: 'complete' }))),
  );
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const { counts } = await streams.user.export((part) => parts.push(part));
  expect(counts.threads).toBe(3);
  expect((await new Blob(parts).text()).split(THREAD)).toHaveLength(4);
  expect(fetch.mock.calls.map(([url]) => url)).toEqual([
    'https://api.example.com/stream/users/me/export',
    'https://api.example.com/stream/users/me/export?cursor=a%2Fb',
  ]);
});

test('an export that is not whole is an error with its reason', async () => {
  const lines = HEADER + THREAD;
  const end = await endOf(lines, 1, { outcome: 'complete' });
  for (const [reason, response] of [
    ['broken-off', answer(lines, true)],
    ['no-end', answer(lines)],
    ['no-end', answer(lines + end.trim())],
    ['no-end', answer('')],
    ['mismatch', answer(lines + (await endOf(lines, 2, { outcome: 'complete' })))],
    ['mismatch', answer(lines.replace('Pl', 'pl') + end)],
    ['unreadable', answer(`${lines}{\n${end}`)],
    ['unreadable', answer(lines + end + THREAD)],
    ['user-deleted', answer(`${lines}{"type":"end","outcome":"user_deleted"}\n`)],
  ] as const) {
    const error = await streamsOf(response)
      .streams.user.export(ignore)
      .catch((error) => error);
    expect(error, reason).toBeInstanceOf(IncompleteExportError);
    expect(error.reason).toBe(reason);
  }
});

test('a refused token is renewed once, and a busy API is asked again', async () => {
  const whole = HEADER + (await endOf(HEADER, 0, { outcome: 'complete' }));
  const busy = () => Response.json({ message: 'Too Many Requests' }, { status: 429 });
  const refused = () => Response.json({ type: 'urn:usher:problem:invalid-token' }, { status: 401 });
  const { streams, fetch } = streamsOf(refused, busy, answer(whole));
  await streams.user.export(ignore);
  expect(fetch).toHaveBeenCalledTimes(3);
  await expect(streamsOf(refused, refused).streams.user.export(ignore)).rejects.toMatchObject({ status: 401 });
});

test('an export ends at once when its signal aborts', async () => {
  const controller = new AbortController();
  const { streams } = streamsOf(() => new Response(new ReadableStream({ start: (c) => c.enqueue(new Uint8Array(9)) })));
  const reason = new Error('the page has gone');
  const written = vi.fn(() => controller.abort(reason));
  await expect(streams.user.export(written, { signal: controller.signal })).rejects.toBe(reason);
  expect(written).toHaveBeenCalledOnce();
});

test('an export that stalls ends with an error', async () => {
  const silent = () => new Response(new ReadableStream({}));
  const fetch = async () => silent();
  const streams = createStreams({ url: '/api', fetch, getToken: () => null, idleTimeout: 20 });
  await expect(streams.user.export(ignore)).rejects.toMatchObject({ reason: 'broken-off', cause: { code: 'timeout' } });
});

test('an error of the target is passed on', async () => {
  const full = new Error('the disk is full');
  const { streams } = streamsOf(answer(HEADER));
  await expect(streams.user.export(() => Promise.reject(full))).rejects.toBe(full);
});
