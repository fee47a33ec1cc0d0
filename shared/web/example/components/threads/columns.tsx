'use client';

import { useParams } from 'next/navigation';
import type { ReactNode } from 'react';
import styles from './columns.module.css';
import { ThreadList } from './thread-list';

/** The threads beside the thread that is open. A narrow screen shows one of them. */
export function Columns({ children }: { children: ReactNode }) {
  const { threadId } = useParams<{ threadId?: string }>();
  return (
    <div className={styles.columns} data-open={threadId ? 'thread' : 'list'}>
      <nav className={styles.list} aria-label="Threads">
        <ThreadList openId={threadId} />
      </nav>
      <main className={styles.main}>{children}</main>
    </div>
  );
}
