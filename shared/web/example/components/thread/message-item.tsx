'use client';

import type { Message, MessageStatus } from '@usher/client';
import type { Row } from '@usher/client/react';
import { LocalTime } from '../local-time';
import styles from './message-item.module.css';

/** What is said of a reply that is not whole. */
const ENDS: Partial<Record<MessageStatus, string>> = {
  stopped: 'Stopped',
  interrupted: 'The reply was interrupted',
  failed: 'The model failed',
};

interface MessageItemProps {
  message: Row<Message>;
  onStop: () => void;
  onAskAgain: () => void;
}

/** A message. A reply can be stopped while it is written, and asked for again if it is not whole. */
export function MessageItem({ message, onStop, onAskAgain }: MessageItemProps) {
  const { role, content, status, isPending, created_at } = message;
  const isStreaming = status === 'streaming';
  return (
    // A screen reader announces a reply when it is written, and not each word.
    <li className={styles.message} data-role={role} data-pending={isPending} aria-busy={isStreaming}>
      <p className={styles.content}>{content}</p>
      <p className={styles.foot}>
        {isPending ? 'Sending…' : isStreaming ? 'Writing…' : (ENDS[status] ?? <LocalTime milliseconds={created_at} />)}
        {isStreaming && (
          <button className={styles.action} type="button" onClick={onStop}>
            Stop
          </button>
        )}
        {ENDS[status] && (
          <button className={styles.action} type="button" onClick={onAskAgain}>
            Ask again
          </button>
        )}
      </p>
    </li>
  );
}
