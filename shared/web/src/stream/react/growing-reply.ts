/** A reply as it grows, over as many connections as it takes. */

import type { MessageStatus } from '../../contract.js';
import { UsherError } from '../../error.js';
import { sleep } from '../../limit.js';
import type { ReplyEvent } from '../replies.js';
import type { UsherStreams } from '../streams.js';

/** The milliseconds before a reply is asked for again, after all tries of a request have failed. */
const PAUSE = 5_000;

/** What is known of a reply at a moment. */
export interface ReplyState {
  readonly content: string;
  readonly status: MessageStatus;
}

/** Which reply is read. */
export interface GrowingReply {
  readonly threadId: string;
  readonly id: string;
  /** What is known of its text. */
  readonly content: string;
  /** The events after that text. They are asked for if they are missing. */
  readonly events?: AsyncGenerator<ReplyEvent, void> | undefined;
  readonly signal: AbortSignal;
  /** Is told of a failure that may pass, and of its end. */
  readonly onError: (error: Error | null) => void;
}

/** Yields the states of a reply until its end. Goes on where it was after a failure that may pass. */
export async function* growingReply(
  { replies }: Pick<UsherStreams, 'replies'>,
  { threadId, id, content, events, signal, onError }: GrowingReply,
): AsyncGenerator<ReplyState, void> {
  let text = content;
  let source = events;
  for (;;) {
    const before = text;
    try {
      source ??= await replies.resume(threadId, id, { offset: [...text].length, signal });
      onError(null);
      for await (const event of source) {
        if (event.type === 'text') text += event.text;
        if (event.type !== 'start') yield { content: text, status: event.type === 'end' ? event.status : 'streaming' };
        if (event.type === 'end') return;
      }
    } catch (error) {
      // Another refusal does not pass.
      if (signal.aborted || !(error instanceof UsherError) || (error.status && error.status < 500)) throw error;
      // A connection that has brought text is resumed at once. Otherwise the next one may fail as fast.
      if (text === before && error.code !== 'timeout') {
        onError(error);
        await sleep(PAUSE, signal);
      }
    }
    source = undefined;
  }
}
