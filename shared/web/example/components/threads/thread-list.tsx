'use client';

import { useThreads } from '@usher/client/react';
import Link from 'next/link';
import { titleOf } from '@/lib/names';
import { Failure } from '../failure';
import { LocalTime } from '../local-time';
import { NewThread } from './new-thread';
import styles from './thread-list.module.css';
import { ThreadSearch } from './thread-search';

/** The threads, the newest first, a form for a new one, and a search. */
export function ThreadList({ openId }: { openId: string | undefined }) {
  const { data: threads, error, hasNextPage, isFetchingNextPage, fetchNextPage } = useThreads();
  return (
    <>
      <NewThread />
      <ThreadSearch openId={openId}>
        <Failure what="The threads could not be read." error={error} />
        {threads?.length === 0 && <p className={styles.empty}>There are no threads yet.</p>}
        <ul className={styles.threads}>
          {threads?.map((thread) => (
            <li key={thread.key} className={styles.thread} data-pending={thread.isPending}>
              {/* A thread that the API does not know yet has no page. */}
              <Link
                href={thread.isPending ? '/threads' : `/threads/${thread.id}`}
                aria-current={thread.id === openId ? 'page' : undefined}
              >
                <span className={styles.title}>{titleOf(thread)}</span>
                <span className={styles.time}>
                  <LocalTime milliseconds={thread.updated_at} />
                </span>
              </Link>
            </li>
          ))}
        </ul>
        {hasNextPage && (
          <button className="button" type="button" disabled={isFetchingNextPage} onClick={() => fetchNextPage()}>
            Show older threads
          </button>
        )}
      </ThreadSearch>
    </>
  );
}
