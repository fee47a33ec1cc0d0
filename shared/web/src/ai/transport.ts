/** The way between `useChat` and the API. */

import { DefaultChatTransport, type UIMessageChunk } from 'ai';
import { UsherError } from '../error.js';
import { untilAborted } from '../limit.js';
import { createOpen, type Open } from '../stream/open.js';
import { repliesPath } from '../stream/replies.js';
import type { StreamsOptions } from '../stream/streams.js';
import { type MessageMetadata, type ReplyMessage, toRequest } from './messages.js';

type Chunks = ReadableStream<UIMessageChunk>;
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
    this.prepareReconnectToStreamRequest = ({ id }) => ({ api: repliesPath(id, this.#reply) });
  }

  override async sendMessages({ abortSignal, ...options }: SendOptions): Promise<Chunks> {
    return this.#watch(options.chatId, super.sendMessages({ ...options, abortSignal: undefined }), abortSignal);
  }

  override async reconnectToStream({ abortSignal, ...options }: ReconnectOptions): Promise<Chunks | null> {
    const resume = ++this.#resumes;
    if (!this.#reply) return null;
    const answer = super.reconnectToStream(options) as Promise<Chunks>;
    // `useChat` also aborts a request when it resumes once more, at once. That is no stop.
    return this.#watch(options.chatId, answer, abortSignal, () => resume === this.#resumes);
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
      if (!signal?.aborted) this.#reply = id;
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
    let next: typeof first | undefined = first;
    return new ReadableStream<UIMessageChunk>({
      pull: async (controller) => {
        const { value, done } = next ?? (await reader.read());
        next = undefined;
        if (done) return controller.close();
        const { status } = (value.type === 'message-metadata' ? value.messageMetadata : {}) as Partial<MessageMetadata>;
        if (status) this.#reply = undefined;
        if (status && status !== 'interrupted') this.#key = undefined;
        controller.enqueue(value);
      },
      cancel: () => reader.cancel(),
    });
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

/** Sends a request of the transport. Its URL is a path, because the streams know the address. */
async function fetchFrom(open: Open, path: string, { headers, body }: RequestInit = {}): Promise<Response> {
  const leaving = new AbortController();
  const { signal } = leaving;
  const key = new Headers(headers).get('idempotency-key');
  const creation = key && { method: 'POST' as const, body: { key, value: JSON.parse(String(body)) } };
  const { parts } = await open(path, { ...creation, signal });
  const stream = new ReadableStream({
    async pull(controller) {
      try {
        const { value, done } = await parts.next();
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        throw error instanceof UsherError ? brokenOff(error) : error;
      }
    },
    cancel: () => leaving.abort(),
  });
  return new Response(stream);
}

/** The error by which `useChat` knows that a reply can be resumed. It then does so when the page is shown again. */
function brokenOff(cause: UsherError): TypeError {
  return new TypeError('network error: the reply broke off', { cause });
}
