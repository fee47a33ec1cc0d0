/** The way between `useChat` and the API. */

import { DefaultChatTransport, type UIMessageChunk } from 'ai';
import type { MessageStatus } from '../contract.js';
import { UsherError } from '../error.js';
import { untilAborted } from '../limit.js';
import { createOpen, type Open } from '../stream/open.js';
import { repliesPath } from '../stream/replies.js';
import type { StreamsOptions } from '../stream/streams.js';
import { type MessageMetadata, type ReplyMessage, toRequest } from './messages.js';

type Chunks = ReadableStream<UIMessageChunk>;
type Reader = ReadableStreamDefaultReader<UIMessageChunk>;
type ReadResult = ReadableStreamReadResult<UIMessageChunk>;
type SendOptions = Parameters<DefaultChatTransport<ReplyMessage>['sendMessages']>[0];
type ReconnectOptions = Parameters<DefaultChatTransport<ReplyMessage>['reconnectToStream']>[0];

/**
 * Sends the messages of one chat, and goes on with its reply. Tokens, tries and errors are those of the streams.
 *
 * `useChat` names no message when it resumes, so the transport remembers the reply whose end the page has not seen. It
 * need not search for one, and a reply that has ended since the page read it is shown to its end all the same.
 */
export class ReplyTransport extends DefaultChatTransport<ReplyMessage> {
  readonly #open: Open;
  readonly #onStopError: ((error: unknown) => void) | undefined;
  /** The reply whose end the page has not seen. */
  #reply: string | undefined;
  /**
   * The key of the last message. It stays the same until the reply has ended, so `regenerate` repeats harmlessly. The
   * API goes on with an interrupted reply if its request is repeated.
   */
  #key: { readonly message: string; readonly value: string } | undefined;
  /** The number of characters of the reply that this connection and those before have brought. */
  #offset = 0;
  #resumes = 0;

  constructor(options: StreamsOptions, reply: string | undefined, onStopError?: (error: unknown) => void) {
    const open = createOpen(options);
    super({ fetch: (path, init) => fetchFrom(open, String(path), init) });
    this.#open = open;
    this.#reply = reply;
    this.#onStopError = onStopError;
    this.prepareSendMessagesRequest = ({ id, messages, body }) => {
      const message = messages.filter(({ role }) => role === 'user').at(-1);
      if (!message) throw new TypeError('there is no message of the user');
      if (this.#key?.message !== message.id) this.#key = { message: message.id, value: crypto.randomUUID() };
      return {
        api: repliesPath(id),
        body: { ...toRequest(message), ...body },
        headers: { 'idempotency-key': this.#key.value },
      };
    };
    this.prepareReconnectToStreamRequest = ({ id }) => ({
      api: repliesPath(id, this.#reply) + (this.#offset ? `?offset=${this.#offset}` : ''),
    });
  }

  override async sendMessages(options: SendOptions): Promise<Chunks> {
    return this.#watch(options.chatId, super.sendMessages(options), options.abortSignal);
  }

  override async reconnectToStream(options: ReconnectOptions): Promise<Chunks | null> {
    const resume = ++this.#resumes;
    if (!this.#reply) return null;
    this.#offset = 0;
    const answer = super.reconnectToStream(options) as Promise<Chunks>;
    // `useChat` also aborts a request when it resumes once more, at once. That is no stop.
    return this.#watch(options.chatId, answer, options.abortSignal, () => resume === this.#resumes);
  }

  /**
   * Reads the id of the reply, and its end. An abort stops the reply. The request lives until its reply is known, which
   * could not be stopped otherwise.
   */
  async #watch(
    threadId: string,
    answer: Promise<Chunks>,
    signal: AbortSignal | undefined,
    isStop = () => true,
  ): Promise<Chunks> {
    const known = answer.then(async (chunks) => {
      const reader = chunks.getReader();
      const first = await reader.read();
      const id = first.value?.type === 'start' ? first.value.messageId : undefined;
      if (!signal?.aborted) {
        this.#reply = id;
        this.#offset = 0;
      }
      return { reader, first, id };
    });
    const leave = async () => {
      // Then it is known whether `useChat` resumes once more.
      await Promise.resolve();
      const isStopped = isStop();
      if (isStopped) this.#key = undefined;
      const { reader, id } = await known;
      reader.cancel();
      if (isStopped && id) await this.#stop(threadId, id);
    };
    signal?.addEventListener('abort', () => leave().catch(() => {}), { once: true });
    const { reader, first } = await (signal ? untilAborted(signal, known) : known);
    return this.#deliver(threadId, reader, first, signal);
  }

  /** Returns the chunks. A connection that breaks off is resumed where it was, unseen by `useChat`. */
  #deliver(threadId: string, reader: Reader, first: ReadResult, signal: AbortSignal | undefined): Chunks {
    let source = reader;
    let next: ReadResult | undefined = first;
    /** Whether the current connection has brought text. */
    let isAlive = true;
    const seen = new Set<string>();
    const read = async (): Promise<ReadResult> => {
      try {
        return next ?? (await source.read());
      } catch (error) {
        const isBrokenOff = error instanceof UsherError && !error.status && (isAlive || error.code === 'timeout');
        if (!isBrokenOff || !this.#reply || signal?.aborted) throw error;
        isAlive = false;
        source = ((await super.reconnectToStream({ chatId: threadId })) as Chunks).getReader();
        if (signal?.aborted) source.cancel();
        return read();
      }
    };
    return new ReadableStream<UIMessageChunk>({
      pull: async (controller) => {
        for (;;) {
          const { value, done } = await read();
          next = undefined;
          if (done) return controller.close();
          // A connection that goes on begins like the first one.
          if (/start$/.test(value.type) && seen.has(value.type)) continue;
          seen.add(value.type);
          if (value.type === 'text-delta') {
            isAlive = true;
            this.#offset += [...value.delta].length;
          }
          if (value.type === 'message-metadata') this.#end((value.messageMetadata as MessageMetadata).status);
          return controller.enqueue(value);
        }
      },
      cancel: () => source.cancel(),
    });
  }

  #end(status: MessageStatus): void {
    this.#reply = undefined;
    if (status !== 'interrupted') this.#key = undefined;
  }

  async #stop(threadId: string, id: string): Promise<void> {
    if (this.#reply === id) this.#reply = undefined;
    try {
      const { parts } = await this.#open(repliesPath(threadId, id), { method: 'DELETE', isOfApi: true });
      for await (const _ of parts);
    } catch (error) {
      this.#onStopError?.(error);
    }
  }
}

/**
 * Sends a request of the transport. Its URL is a path, because the streams know the address. A signal does not end it,
 * because the transport first has to read which reply it stops.
 */
async function fetchFrom(open: Open, path: string, { headers, body }: RequestInit = {}): Promise<Response> {
  const leaving = new AbortController();
  const { signal } = leaving;
  const key = new Headers(headers).get('idempotency-key');
  const creation = key && { method: 'POST' as const, body: { key, value: JSON.parse(String(body)) } };
  const { parts } = await open(path, { ...creation, signal });
  const stream = new ReadableStream({
    async pull(controller) {
      const { value, done } = await parts.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: () => leaving.abort(),
  });
  return new Response(stream);
}
