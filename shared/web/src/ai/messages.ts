/** Messages as the API stores them, and as the AI SDK shows them. */

import type { UIMessage } from 'ai';
import type { CreateReply, Message, MessageStatus } from '../contract.js';

/** What is known of a message besides its parts. A message that the page has just sent has none. */
export interface MessageMetadata {
  readonly status: MessageStatus;
  readonly model?: string | null;
  /** Milliseconds. Missing until the page has read the row. */
  readonly created_at?: number;
}

/** A message in `useChat`. */
export type ReplyMessage = UIMessage<MessageMetadata>;

/** Returns messages of a thread in the form of `useChat`. Their order stays the same. */
export function toUIMessages(messages: readonly Message[]): ReplyMessage[] {
  return messages.map(({ id, role, content, parts, status, model, created_at }) => ({
    id,
    role,
    metadata: { status, model, created_at },
    // The API stores parts as an AI library has made them.
    parts: (parts as ReplyMessage['parts'] | null) ?? (content ? [{ type: 'text', text: content }] : []),
  }));
}

/** Returns the request that asks for a reply to a message of the user. */
export function toRequest({ parts }: UIMessage): CreateReply {
  const texts = parts.flatMap((part) => (part.type === 'text' ? part.text : []));
  // A single text has no structure to be kept.
  return {
    content: texts.join('\n'),
    ...(parts.length > 1 && { parts: parts as unknown as CreateReply['parts'] & {} }),
  };
}
