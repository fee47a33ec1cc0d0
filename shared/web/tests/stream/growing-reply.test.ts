/** A reply over several connections. */

import { expect, onTestFinished, test, vi } from 'vitest';
import { UsherError } from '../../src/index.js';
import type { ReplyEvent } from '../../src/stream/index.js';
import { growingReply } from '../../src/stream/react/growing-reply.js';

const network = new UsherError(0, 'network', 'no answer');

/** Events, and then the failure of their connection. */
async function* events(events: ReplyEvent[], failure?: Error): AsyncGenerator<ReplyEvent, void> {
  yield* events;
  if (failure) throw failure;
}

/** Reads a reply whose connections are these: events, or a failure. */
function read(...connections: (AsyncGenerator<ReplyEvent, void> | Error)[]) {
  const offsets: (number | undefined)[] = [];
  const errors: (Error | null)[] = [];
  const controller = new AbortController();
  const resume = async (_thread: string, _id: string, { offset }: { offset?: number | undefined } = {}) => {
    offsets.push(offset);
    const next = connections.shift();
    if (!next || next instanceof Error) throw next;
    return next;
  };
  const replies = { resume, create: vi.fn(), stop: vi.fn() };
  const states = growingReply(
    { replies },
    {
      threadId: 't1',
      id: 'm1',
      content: 'Wie ',
      signal: controller.signal,
      onError: (error) => errors.push(error),
    },
  );
  return { states, offsets, errors, controller };
}

test('a reply goes on at its offset in characters', async () => {
  const first = events([{ type: 'text', text: 'schön 🎉', offset: 11 }], network);
  const second = events([
    { type: 'text', text: '!', offset: 12 },
    { type: 'end', status: 'complete' },
  ]);
  const { states, offsets, errors } = read(first, second);
  const found = [];
  for await (const state of states) found.push(`${state.content} ${state.status}`);
  expect(found).toEqual(['Wie schön 🎉 streaming', 'Wie schön 🎉! streaming', 'Wie schön 🎉! complete']);
  expect([offsets, errors]).toEqual([
    [4, 11],
    [null, null],
  ]);
});

test('a failure that may pass is told, and waited for', async () => {
  vi.useFakeTimers();
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const { states, offsets, errors } = read(network, events([{ type: 'end', status: 'stopped' }]));
  const next = states.next();
  await vi.advanceTimersByTimeAsync(4_999);
  expect([offsets, errors]).toEqual([[4], [network]]);
  await vi.advanceTimersByTimeAsync(1);
  expect(await next).toEqual({ done: false, value: { content: 'Wie ', status: 'stopped' } });
  expect(errors).toEqual([network, null]);
});

test('a connection that brings nothing is not repeated at once', async () => {
  const start: ReplyEvent = { type: 'start', id: 'm1', userMessageId: undefined };
  const { states, errors, offsets, controller } = read(events([start], network), events([]));
  const next = states.next();
  await vi.waitFor(() => expect(errors).toEqual([null, network]));
  expect(offsets.length).toBe(1);
  controller.abort(new Error('left'));
  await expect(next).rejects.toThrow('left');
});

test('a wait ends with its reader', async () => {
  const { states, errors, controller } = read(network);
  const next = states.next();
  await vi.waitFor(() => expect(errors).toEqual([network]));
  controller.abort(new Error('left'));
  await expect(next).rejects.toThrow('left');
});

test.each([new UsherError(404, 'not-found', 'gone'), new Error('no token')])(
  'another failure is final: %s',
  async (failure) => {
    const { states, offsets } = read(failure, events([]));
    await expect(states.next()).rejects.toBe(failure);
    expect(offsets).toEqual([4]);
  },
);
