/** Replies that a model writes, as they grow. */

import type { CreateReply, MessageStatus, ReplyChunk } from '../contract.js';
import { UsherError } from '../error.js';
import type { Open, OpenAnswer } from './open.js';

/** What happens to a reply. The last event is an `end`. */
export type ReplyEvent =
  | { readonly type: 'start'; readonly id: string; readonly userMessageId: string | undefined }
  /** More text. `offset` is the number of characters (code points) up to its end. */
  | { readonly type: 'text'; readonly text: string; readonly offset: number }
  | { readonly type: 'end'; readonly status: MessageStatus };

/** The message of the user. */
export type ReplyRequest = CreateReply;

/** The options of a new reply. */
export interface ReplyOptions {
  /** Ends the request at once, and not the reply. */
  signal?: AbortSignal | undefined;
  /** The `Idempotency-Key`. The default is a new one. */
  key?: string | undefined;
}

/** The options of a resumed reply. */
export interface ResumeOptions {
  signal?: AbortSignal | undefined;
  /** The `offset` of the last text that was read. The default is 0. */
  offset?: number | undefined;
}

/** Returns the path of the replies of a thread, or of one of them. */
export function repliesPath(threadId: string, messageId?: string): string {
  const reply = messageId === undefined ? '' : `/${encodeURIComponent(messageId)}`;
  return `/threads/${encodeURIComponent(threadId)}/replies${reply}`;
}

/** See {@link UsherStreams}. */
export function createReplies(open: Open) {
  return {
    async create(threadId: string, request: ReplyRequest, { signal, key }: ReplyOptions = {}) {
      const body = { key: key ?? crypto.randomUUID(), value: request };
      return readReply(await open(repliesPath(threadId), { method: 'POST', body, signal }));
    },
    async resume(threadId: string, messageId: string, { signal, offset = 0 }: ResumeOptions = {}) {
      const query = offset ? `?offset=${offset}` : '';
      return readReply(await open(repliesPath(threadId, messageId) + query, { signal }));
    },
    async stop(threadId: string, messageId: string) {
      const { parts } = await open(repliesPath(threadId, messageId), { method: 'DELETE', isOfApi: true });
      for await (const _ of parts);
    },
  };
}

async function* readReply({ parts }: OpenAnswer): AsyncGenerator<ReplyEvent, void> {
  for await (const { id, data } of readEvents(parts)) {
    // The API sends comments while the model is silent.
    if (!data) continue;
    if (data === '[DONE]') return;
    const chunk = JSON.parse(data) as ReplyChunk;
    if (chunk.type === 'start') {
      yield { type: 'start', id: chunk.messageId, userMessageId: chunk.messageMetadata.user_message_id ?? undefined };
    } else if (chunk.type === 'text-delta') {
      yield { type: 'text', text: chunk.delta, offset: Number(id) };
    } else if (chunk.type === 'message-metadata') {
      yield { type: 'end', status: chunk.messageMetadata.status };
    }
  }
  throw new UsherError(0, 'network', 'the reply broke off');
}

/** Reads server-sent events, as the API writes them: lines that end with a line feed. */
async function* readEvents(parts: AsyncIterable<Uint8Array>): AsyncGenerator<{ id: string; data: string }, void> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const part of parts) {
    const events = (text + decoder.decode(part, { stream: true })).split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) {
      const field = (name: string) =>
        event
          .split('\n')
          .find((line) => line.startsWith(`${name}: `))
          ?.slice(name.length + 2) ?? '';
      yield { id: field('id'), data: field('data') };
    }
  }
}
