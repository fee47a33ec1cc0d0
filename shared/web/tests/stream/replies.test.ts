/** Replies as they grow, from a server that answers as each test says. */

import { expect, test } from 'vitest';
import { createStreams, type ReplyEvent } from '../../src/stream/index.js';

const ID = '0192f0c1-2345-7abc-8def-0123456789ab';

/** The events of a reply with these pieces. */
function events(pieces: string[], status = 'complete'): string {
  let offset = 0;
  const event = (chunk: object, id?: number) =>
    `${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(chunk)}\n\n`;
  const texts = pieces.map((delta) => {
    offset += [...delta].length;
    return event({ type: 'text-delta', id: '0', delta }, offset);
  });
  return [
    event({ type: 'start', messageId: ID, messageMetadata: { status: 'streaming', user_message_id: 'm1' } }, 0),
    event({ type: 'text-start', id: '0' }),
    ': a comment\n\n',
    ...texts,
    event({ type: 'text-end', id: '0' }),
    event({ type: 'message-metadata', messageMetadata: { status } }),
    event({ type: 'later' }),
    'data: [DONE]\n\n',
  ].join('');
}

/** A client of a server that answers with these bytes, cut after each `size` bytes. */
function clientOf(text: string, size = 1_000_000) {
  const requests: { url: string; init: RequestInit }[] = [];
  const bytes = new TextEncoder().encode(text);
  const fetch = async (url: string, init: RequestInit) => {
    requests.push({ url, init });
    let from = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (from >= bytes.length) return controller.close();
        controller.enqueue(bytes.slice(from, from + size));
        from += size;
      },
    });
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  };
  return {
    requests,
    streams: createStreams({ url: 'https://api.example.com', getToken: () => 'token', fetch, tries: 1 }),
  };
}

async function all(reply: Promise<AsyncGenerator<ReplyEvent, void>>): Promise<ReplyEvent[]> {
  const found: ReplyEvent[] = [];
  for await (const event of await reply) found.push(event);
  return found;
}

test.each([1, 7, 1_000_000])('a reply is read in any pieces (%i bytes)', async (size) => {
  const { streams } = clientOf(events(['Wie ', 'schön 🎉']), size);
  expect(await all(streams.replies.create('t1', { content: 'Why?' }))).toEqual([
    { type: 'start', id: ID, userMessageId: 'm1' },
    { type: 'text', text: 'Wie ', offset: 4 },
    { type: 'text', text: 'schön 🎉', offset: 11 },
    { type: 'end', status: 'complete' },
  ]);
});

test('a request has its key, and a repeat may have the same', async () => {
  const { requests, streams } = clientOf(events([]));
  await all(streams.replies.create('t1', { content: 'Why?' }, { key: 'once' }));
  expect(requests[0]?.url).toBe('https://api.example.com/stream/threads/t1/replies');
  expect(requests[0]?.init).toMatchObject({
    method: 'POST',
    body: '{"content":"Why?"}',
    headers: { authorization: 'Bearer token', 'content-type': 'application/json', 'idempotency-key': 'once' },
  });
});

test('a reply is resumed from a character, and stopped at the other API', async () => {
  const { requests, streams } = clientOf(events(['more']));
  await all(streams.replies.resume('t1', ID, { offset: 7 }));
  await streams.replies.stop('t1', ID);
  expect(requests.map(({ url, init }) => `${init.method} ${url}`)).toEqual([
    `GET https://api.example.com/stream/threads/t1/replies/${ID}?offset=7`,
    `DELETE https://api.example.com/threads/t1/replies/${ID}`,
  ]);
});

test('a reply that breaks off is an error after its text', async () => {
  const { streams } = clientOf(events(['Because']).slice(0, -20));
  const found: ReplyEvent[] = [];
  const read = async () => {
    for await (const event of await streams.replies.create('t1', { content: 'Why?' })) found.push(event);
  };
  await expect(read()).rejects.toMatchObject({ code: 'network', detail: 'the reply broke off' });
  expect(found[1]).toEqual({ type: 'text', text: 'Because', offset: 7 });
});

test('an error of API Gateway has its request id', async () => {
  const fetch = async (url: string) => {
    const header = url.includes('/stream/') ? 'x-amzn-requestid' : 'apigw-requestid';
    return new Response('{"message":"Too Many Requests"}', { status: 429, headers: { [header]: 'r1' } });
  };
  const { replies } = createStreams({ url: 'https://api.example.com', fetch, tries: 1 });
  const throttled = { status: 429, code: 'throttled', requestId: 'r1' };
  await expect(replies.resume('t1', ID)).rejects.toMatchObject(throttled);
  await expect(replies.stop('t1', ID)).rejects.toMatchObject(throttled);
});
