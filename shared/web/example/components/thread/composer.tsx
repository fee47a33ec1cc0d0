'use client';

import { useCreateMessage, useSettings } from '@usher/client/react';
import { type KeyboardEvent, useId, useState } from 'react';
import { enterSends } from '@/lib/settings';
import { Failure } from '../failure';
import styles from './composer.module.css';

/** The place to write a message. If it was not sent, its text comes back. */
export function Composer({ threadId }: { threadId: string }) {
  const id = useId();
  const [content, setContent] = useState('');
  const createMessage = useCreateMessage(threadId);
  const sendsOnEnter = enterSends(useSettings().data?.values);

  function send() {
    if (!content.trim()) return;
    createMessage.mutate({ content }, { onError: () => setContent((newer) => newer || content) });
    setContent('');
  }

  function onKeyDown(event: KeyboardEvent) {
    // Enter also ends the composition of a character in some languages.
    if (event.key !== 'Enter' || event.nativeEvent.isComposing) return;
    const isSent = sendsOnEnter ? !event.shiftKey : event.ctrlKey || event.metaKey;
    if (!isSent) return;
    event.preventDefault();
    send();
  }

  return (
    <form
      className={styles.composer}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <Failure what="The message was not sent." error={createMessage.error} />
      <div className={styles.row}>
        <label className="visually-hidden" htmlFor={id}>
          Message
        </label>
        <textarea
          className="field"
          id={id}
          rows={2}
          value={content}
          placeholder="Write a message"
          aria-describedby={`${id}-keys`}
          onChange={(event) => setContent(event.target.value)}
          onKeyDown={onKeyDown}
        />
        <button className="button primary" type="submit">
          Send
        </button>
      </div>
      <p id={`${id}-keys`} className={styles.keys}>
        {sendsOnEnter ? 'Enter sends, Shift and Enter begin a new line.' : 'Ctrl and Enter send.'}
      </p>
    </form>
  );
}
