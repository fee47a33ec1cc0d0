'use client';

/** Replies of a model in a thread, as a page shows them. */

import { type UseMutationResult, useMutation } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import type { Message } from '../../contract.js';
import { readAgain } from '../../react/bells.js';
import type { Change } from '../../react/changes.js';
import { useSession } from '../../react/context.js';
import { newMessage, type UsherMutation, useChange } from '../../react/mutation-hooks.js';
import type { Row } from '../../react/rows.js';
import type { ReplyEvent, ReplyRequest } from '../replies.js';
import type { UsherStreams } from '../streams.js';
import { growingReply, type ReplyState } from './growing-reply.js';

/** The ids of a reply that has begun, and of the message that it answers. */
export interface BegunReply {
  readonly id: string;
  readonly userMessageId: string | undefined;
}

/** What {@link useReply} returns. */
export interface ReplyHandle {
  /** Adds a message of the user, and asks the model for a reply. It is done when the reply begins. */
  readonly create: UsherMutation<BegunReply, ReplyRequest>;
  /** Stops the reply with this id, wherever it was begun. It is done when the API knows, and the row follows. */
  readonly stop: UseMutationResult<void, Error, string>;
  /** Why the growing text cannot be read, or `null`. It is read on when the connection is there again. */
  readonly error: Error | null;
}

/** Returns a row with what a stream has told of it. A text only grows, and a row that has ended is newer than the stream. */
function grown(row: Row<Message>, reply: ReplyState): Row<Message> {
  if (row.status !== 'streaming') return row;
  return { ...row, ...reply, content: reply.content.length < row.content.length ? row.content : reply.content };
}

/**
 * Asks for replies in a thread, and lets the rows of `useMessages` grow while a model writes them: those that the page has
 * asked for, and those that it has found with the status `streaming`, after a reload or from another device. Use it once
 * for a thread that is shown.
 *
 * @param streams the same in each render.
 * @param messages the `data` of `useMessages(threadId)`.
 */
export function useReply(
  streams: Pick<UsherStreams, 'replies'>,
  threadId: string,
  messages: readonly Row<Message>[] | undefined,
): ReplyHandle {
  const session = useSession();
  const [error, setError] = useState<Error | null>(null);
  /** The replies that are read, or could not be read. */
  const followed = useRef(new Map<string, AbortController>());

  const follow = useCallback(
    async (id: string, content: string, controller: AbortController, events?: AsyncGenerator<ReplyEvent, void>) => {
      followed.current.set(id, controller);
      const { signal } = controller;
      const queryKey = session.queries.key('messages', threadId);
      let change: Change | undefined;
      try {
        const options = { threadId, id, content, events, signal, onError: setError };
        for await (const reply of growingReply(streams, options)) {
          const before = change;
          const effect = () => (rows: readonly Row<Message>[]) =>
            rows.map((row) => (row.id === id ? grown(row, reply) : row));
          change = session.begin(queryKey, effect);
          if (before) session.end(before);
          if (reply.status === 'streaming') continue;
          session.end(change, effect);
          followed.current.delete(id);
          readAgain(session.queryClient, session.queries, [
            `threads/${threadId}/messages`,
            `threads/${threadId}`,
            'threads',
          ]);
        }
      } catch (failure) {
        if (change) session.end(change);
        if (!signal.aborted) setError(failure as Error);
      }
    },
    [streams, threadId, session],
  );

  const create = useChange<BegunReply, ReplyRequest>({
    parts: ['messages', threadId],
    send: async (_client, request) => {
      const controller = new AbortController();
      const events = await streams.replies.create(threadId, request, { signal: controller.signal });
      const { value } = await events.next();
      if (value?.type !== 'start') throw new Error('the reply has no beginning');
      follow(value.id, '', controller, events);
      return value;
    },
    // The row of the reply is shown when it has an id, so that no bell shows it twice.
    effect: (insert, request, begun) =>
      insert([
        { ...newMessage(threadId, request), model: null, ...(begun && { id: begun.userMessageId }) },
        ...(begun
          ? [{ ...newMessage(threadId, { role: 'assistant', content: '' }), id: begun.id, status: 'streaming' }]
          : []),
      ]),
  });
  const isBeginning = create.isPending;
  useEffect(() => {
    // A bell may bring a row before the answer that brings each word of it.
    if (isBeginning) return;
    for (const { id, content, status, isPending } of messages ?? [])
      if (status === 'streaming' && !isPending && !followed.current.has(id)) follow(id, content, new AbortController());
  }, [messages, isBeginning, follow]);

  // The reply goes on without its reader.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another thread and another session have other replies
  useEffect(() => {
    const { current } = followed;
    return () => {
      for (const controller of current.values()) controller.abort();
      current.clear();
    };
  }, [follow]);

  const stop = useMutation<void, Error, string>({
    retry: false,
    mutationFn: (id) => streams.replies.stop(threadId, id),
  });
  return { create, stop, error };
}
