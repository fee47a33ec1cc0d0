/** What a client of the streaming API offers: a method for each route. */

import type { UsherOptions } from '../options.js';
import type { ExportOptions, ExportProgress } from './export.js';
import type { ReplyEvent, ReplyOptions, ReplyRequest, ResumeOptions } from './replies.js';

/** The options of {@link createStreams}. */
export interface StreamsOptions extends Pick<UsherOptions, 'url' | 'getToken' | 'fetch' | 'tries'> {
  /**
   * The address of the streaming API, the stack's output `StreamUrl`. The default is `/stream` below `url`, which is right
   * for `cargo dev`, and for a stack with a domain.
   */
  streamUrl?: string | undefined;
  /** The maximum time in milliseconds without an answer, or without its next part. The default is 30,000. */
  idleTimeout?: number | undefined;
}

/** A client of the streaming API. */
export interface UsherStreams {
  /** Messages that a model writes. */
  readonly replies: {
    /**
     * Adds a message of the user to a thread, and resolves to the events of the model's reply when they begin. The reply
     * goes on if the reader leaves. A repeat with the same key goes on with the same reply.
     */
    create(threadId: string, request: ReplyRequest, options?: ReplyOptions): Promise<AsyncGenerator<ReplyEvent, void>>;
    /** Resolves to the events of a reply from a character on, also while it is written. */
    resume(threadId: string, messageId: string, options?: ResumeOptions): Promise<AsyncGenerator<ReplyEvent, void>>;
    /** Stops a reply from any device. A reply that has ended stays as it is. */
    stop(threadId: string, messageId: string): Promise<void>;
  };
  /** The caller. */
  readonly user: {
    /**
     * Reads everything that belongs to the caller, as lines of JSON, and gives it to `write` part by part. Waits for
     * `write` before it reads on. Checks at the end that nothing is missing.
     *
     * Rejects with a {@link UsherError} if the export does not begin, with an {@link IncompleteExportError} if it is not
     * whole, with the reason of the signal, or with an error of `write`. What was written is then of no use.
     */
    export(write: (part: Uint8Array<ArrayBuffer>) => unknown, options?: ExportOptions): Promise<ExportProgress>;
  };
}
