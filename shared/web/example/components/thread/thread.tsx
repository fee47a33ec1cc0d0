'use client';

import { UsherError } from '@usher/client';
import { useMessages, useThread } from '@usher/client/react';
import { useReply } from '@usher/client/stream/react';
import Link from 'next/link';
import { useStreams } from '@/lib/use-streams';
import { Failure } from '../failure';
import { Composer } from './composer';
import { MessageList } from './message-list';
import styles from './thread.module.css';
import { ThreadHead } from './thread-head';

/** A thread: its title, its messages, and the place to write one. */
export function Thread({ threadId }: { threadId: string }) {
  const { data: thread, error } = useThread(threadId);
  const reply = useReply(useStreams(), threadId, useMessages(threadId).data);
  if (error instanceof UsherError && error.code === 'not-found')
    return (
      <section className={styles.gone} aria-labelledby="gone">
        <h1 id="gone">This thread was deleted</h1>
        <Link href="/threads">To the other threads</Link>
      </section>
    );
  return (
    <section className={styles.thread} aria-labelledby="thread-title">
      <ThreadHead threadId={threadId} thread={thread} />
      <Failure what="The thread could not be read." error={error} />
      <MessageList threadId={threadId} reply={reply} />
      <Composer threadId={threadId} reply={reply} />
    </section>
  );
}
