'use client';

import { useCreateThread } from '@usher/client/react';
import { useRouter } from 'next/navigation';
import { useId, useState } from 'react';
import { Failure } from '../failure';
import styles from './new-thread.module.css';

/** A form that creates a thread and opens it. */
export function NewThread() {
  const id = useId();
  const [title, setTitle] = useState('');
  const router = useRouter();
  const createThread = useCreateThread();
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        // Also if this form is replaced before the answer, for example because Clerk has loaded the page again.
        createThread.mutateAsync({ title: title.trim() || null }).then(
          (thread) => router.push(`/threads/${thread.id}`),
          () => setTitle(title),
        );
        setTitle('');
      }}
    >
      <label htmlFor={id}>New thread</label>
      <div className={styles.row}>
        <input
          className="field"
          id={id}
          value={title}
          maxLength={200}
          placeholder="Title"
          autoComplete="off"
          onChange={(event) => setTitle(event.target.value)}
        />
        <button className="button primary" type="submit">
          Create
        </button>
      </div>
      <Failure what="The thread was not created." error={createThread.error} />
    </form>
  );
}
