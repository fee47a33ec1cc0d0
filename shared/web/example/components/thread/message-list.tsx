'use client';

import { useMessages } from '@usher/client/react';
import type { ReplyHandle } from '@usher/client/stream/react';
import { useEffect, useRef } from 'react';
import { Failure } from '../failure';
import { MessageItem } from './message-item';
import styles from './message-list.module.css';

/** How far from its end the list may be, in pixels, to follow a reply that grows. */
const NEAR = 80;

/** The messages of a thread, the oldest first. New ones are scrolled to, and screen readers announce them. */
export function MessageList({ threadId, reply }: { threadId: string; reply: ReplyHandle }) {
  const { data: messages, error, hasNextPage, isFetchingNextPage, fetchNextPage } = useMessages(threadId);
  const box = useRef<HTMLDivElement>(null);
  const last = messages?.at(-1);
  useEffect(() => {
    box.current?.scrollTo({ top: box.current.scrollHeight });
  }, [last?.key]);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const { scrollHeight, scrollTop, clientHeight } = element;
    if (scrollHeight - scrollTop - clientHeight < NEAR) element.scrollTo({ top: scrollHeight });
  }, [last?.content]);
  return (
    // It scrolls, so the keyboard must reach it.
    <div ref={box} className={styles.box} role="log" aria-label="Messages" tabIndex={0}>
      <Failure what="The messages could not be read." error={error} />
      {messages?.length === 0 && <p className={styles.empty}>There are no messages yet.</p>}
      <ol className={styles.messages}>
        {messages?.map((message, index) => (
          <MessageItem
            key={message.key}
            message={message}
            onStop={() => {
              reply.stop.mutate(message.id);
              // The button goes with the end of the reply.
              box.current?.focus();
            }}
            onAskAgain={() => reply.create.mutate({ content: messages[index - 1]?.content ?? '' })}
          />
        ))}
      </ol>
      <Failure what="The reply was not stopped." error={reply.stop.error} />
      <Failure what="The reply cannot be shown as it is written." error={reply.error} />
      {hasNextPage && (
        <button className="button" type="button" disabled={isFetchingNextPage} onClick={() => fetchNextPage()}>
          Show later messages
        </button>
      )}
    </div>
  );
}
