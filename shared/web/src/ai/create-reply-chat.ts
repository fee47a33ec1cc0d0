/** Creates what `useChat` needs for a thread. */

import type { Message } from '../contract.js';
import type { StreamsOptions } from '../stream/streams.js';
import { type ReplyMessage, toUIMessages } from './messages.js';
import { ReplyTransport } from './transport.js';

/** The options of {@link createReplyChat}. */
export interface ReplyChatOptions extends StreamsOptions {
  /** Is told why a reply was not stopped after `stop()` of `useChat`. The reply then goes on, and a reload shows it. */
  onStopError?: ((error: unknown) => void) | undefined;
}

/** The options of `useChat` for a thread. */
export interface ReplyChat {
  /** The thread. */
  readonly id: string;
  readonly messages: ReplyMessage[];
  readonly transport: ReplyTransport;
  /** After a reload, a reply goes on. */
  readonly resume: true;
}

/**
 * Creates the options of `useChat` for a thread. Create them once for each time that the chat is shown.
 *
 * @param messages all messages of the thread, as the page has read them. If a reply among them is streaming, `useChat`
 * shows it from its beginning, and to its end.
 * @throws TypeError if the URL is none that paths can be added to.
 */
export function createReplyChat(
  { onStopError, ...options }: ReplyChatOptions,
  threadId: string,
  messages: readonly Message[] = [],
): ReplyChat {
  const streaming = messages.filter(({ status }) => status === 'streaming').at(-1);
  const transport = new ReplyTransport(options, streaming?.id, onStopError);
  return { id: threadId, messages: toUIMessages(messages), transport, resume: true };
}
