'use client';

import { useUpdateThread } from '@usher/client/react';
import { useEffect, useRef, useState } from 'react';
import { Failure } from '../failure';
import styles from './rename-thread.module.css';

/** A form that changes the title of a thread. Escape leaves it. */
export function RenameThread({ threadId, title, onDone }: { threadId: string; title: string; onDone: () => void }) {
  const [text, setText] = useState(title);
  const updateThread = useUpdateThread();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.select(), []);
  return (
    <form
      className={styles.form}
      onKeyDown={(event) => event.key === 'Escape' && onDone()}
      onSubmit={(event) => {
        event.preventDefault();
        updateThread.mutate({ id: threadId, title: text.trim() || null }, { onSuccess: onDone });
      }}
    >
      <input
        className="field"
        ref={input}
        aria-label="Title"
        value={text}
        maxLength={200}
        autoComplete="off"
        onChange={(event) => setText(event.target.value)}
      />
      <button className="button primary" type="submit" disabled={updateThread.isPending}>
        Save
      </button>
      <button className="button" type="button" onClick={onDone}>
        Cancel
      </button>
      <Failure what="The thread was not renamed." error={updateThread.error} />
    </form>
  );
}
