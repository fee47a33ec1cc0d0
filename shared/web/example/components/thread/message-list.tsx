'use client';

import { useMessages } from '@usher/client/react';
import { useEffect, useRef } from 'react';
import { Failure } from '../failure';
import { LocalTime } from '../local-time';
import styles from './message-list.module.css';

/** The messages of a thread, the oldest first. New ones are scrolled to, and screen readers announce them. */
export function MessageList({ threadId }: { threadId: string }) {
  const { data: messages, error, hasNextPage, isFetchingNextPage, fetchNextPage } = useMessages(threadId);
  const box = useRef<HTMLDivElement>(null);
  const lastKey = messages?.at(-1)?.key;
  useEffect(() => {
    box.current?.scrollTo({ top: box.current.scrollHeight });
  }, [lastKey]);
  return (
    // It scrolls, so the keyboard must reach it.
    <div ref={box} className={styles.box} role="log" aria-label="Messages" tabIndex={0}>
      <Failure what="The messages could not be read." error={error} />
      {messages?.length === 0 && <p className={styles.empty}>There are no messages yet.</p>}
      <ol className={styles.messages}>
        {messages?.map((message) => (
          <li key={message.key} className={styles.message} data-role={message.role} data-pending={message.isPending}>
            <p className={styles.content}>{message.content}</p>
            <p className={styles.time}>
              {message.isPending ? 'Sending…' : <LocalTime milliseconds={message.created_at} />}
            </p>
          </li>
        ))}
      </ol>
      {hasNextPage && (
        <button className="button" type="button" disabled={isFetchingNextPage} onClick={() => fetchNextPage()}>
          Show later messages
        </button>
      )}
    </div>
  );
}
