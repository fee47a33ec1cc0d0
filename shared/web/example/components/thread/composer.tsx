'use client';

import { useCreateMessage, useSettings } from '@usher/client/react';
import type { ReplyHandle } from '@usher/client/stream/react';
import { type KeyboardEvent, useId, useState } from 'react';
import { enterSends } from '@/lib/settings';
import { Failure } from '../failure';
import styles from './composer.module.css';

/** The place to write a message, with a reply of the model or without. If it was not sent, its text comes back. */
export function Composer({ threadId, reply }: { threadId: string; reply: ReplyHandle }) {
  const id = useId();
  const [content, setContent] = useState('');
  const createMessage = useCreateMessage(threadId);
  const sendsOnEnter = enterSends(useSettings().data?.values);

  function send({ mutate }: typeof createMessage | ReplyHandle['create']) {
    if (!content.trim()) return;
    // A failure of the other button is not of this message.
    createMessage.reset();
    reply.create.reset();
    mutate({ content }, { onError: () => setContent((newer) => newer || content) });
    setContent('');
  }

  function onKeyDown(event: KeyboardEvent) {
    // Enter also ends the composition of a character in some languages.
    if (event.key !== 'Enter' || event.nativeEvent.isComposing) return;
    const isSent = sendsOnEnter ? !event.shiftKey : event.ctrlKey || event.metaKey;
    if (!isSent) return;
    event.preventDefault();
    send(reply.create);
  }

  return (
    <form
      className={styles.composer}
      onSubmit={(event) => {
        event.preventDefault();
        send(reply.create);
      }}
    >
      <Failure what="The message was not sent." error={createMessage.error ?? reply.create.error} />
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
          Ask
        </button>
        <button className="button" type="button" onClick={() => send(createMessage)}>
          Send
        </button>
      </div>
      <p id={`${id}-keys`} className={styles.keys}>
        {sendsOnEnter ? 'Enter asks the model, Shift and Enter begin a new line.' : 'Ctrl and Enter ask the model.'}
      </p>
    </form>
  );
}
