'use client';

import type { Thread } from '@usher/client';
import type { Row } from '@usher/client/react';
import Link from 'next/link';
import { useRef, useState } from 'react';
import { titleOf } from '@/lib/names';
import { DeleteThread } from './delete-thread';
import { RenameThread } from './rename-thread';
import styles from './thread-head.module.css';

/** The title of a thread, and what can be done with the thread. */
export function ThreadHead({ threadId, thread }: { threadId: string; thread: Row<Thread> | undefined }) {
  const [isRenaming, setIsRenaming] = useState(false);
  const rename = useRef<HTMLButtonElement>(null);
  return (
    <header className={styles.head}>
      <Link className={styles.back} href="/threads">
        <span aria-hidden="true">‹ </span>Threads
      </Link>
      <h1 id="thread-title" className={styles.title} hidden={isRenaming}>
        {thread ? titleOf(thread) : 'Thread'}
      </h1>
      {isRenaming ? (
        <RenameThread
          threadId={threadId}
          title={thread?.title ?? ''}
          onDone={() => {
            setIsRenaming(false);
            // The form had the focus and is gone. The button is there again after this render.
            requestAnimationFrame(() => rename.current?.focus());
          }}
        />
      ) : (
        <div className={styles.actions}>
          <button className="button" ref={rename} type="button" disabled={!thread} onClick={() => setIsRenaming(true)}>
            Rename
          </button>
          <DeleteThread threadId={threadId} title={thread ? titleOf(thread) : ''} />
        </div>
      )}
    </header>
  );
}
