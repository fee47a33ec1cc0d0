'use client';

import { useSearch } from '@usher/client/react';
import Link from 'next/link';
import { type ReactNode, useId, useState } from 'react';
import { titleOf } from '@/lib/names';
import { useSettled } from '@/lib/use-settled';
import { Failure } from '../failure';
import { SnippetText } from './snippet-text';
import styles from './thread-search.module.css';

/** A field that searches as one types. What is found replaces the children. */
export function ThreadSearch({ openId, children }: { openId: string | undefined; children: ReactNode }) {
  const id = useId();
  const [text, setText] = useState('');
  return (
    <>
      <search className={styles.search}>
        <label htmlFor={id}>Search</label>
        <input
          className="field"
          id={id}
          type="search"
          value={text}
          maxLength={200}
          placeholder="Words in titles and messages"
          autoComplete="off"
          onChange={(event) => setText(event.target.value)}
        />
      </search>
      {text.trim() ? <Hits text={text} openId={openId} /> : children}
    </>
  );
}

/** The titles and messages in which the words of a text occur. */
function Hits({ text, openId }: { text: string; openId: string | undefined }) {
  const q = useSettled(text, 200);
  const { data: hits, error, isFetching, isPlaceholderData, hasNextPage, fetchNextPage } = useSearch({ q });
  const isSearching = isFetching || q !== text;
  return (
    <>
      <p className={styles.status} role="status">
        {isSearching ? 'Searching…' : hits && countOf(hits.length, hasNextPage)}
      </p>
      <Failure what="The search failed." error={error} />
      <ul className={styles.hits} aria-label="Search results" aria-busy={isSearching} data-old={isPlaceholderData}>
        {hits?.map(({ thread, message, snippet }) => (
          <li key={message?.id ?? thread.id}>
            <Link href={`/threads/${thread.id}`} aria-current={thread.id === openId ? 'page' : undefined}>
              {message && <span className={styles.title}>{titleOf(thread)}</span>}
              <span className={message ? styles.text : styles.title}>
                <SnippetText snippet={snippet} />
              </span>
            </Link>
          </li>
        ))}
      </ul>
      {hasNextPage && (
        <button className="button" type="button" disabled={isFetching} onClick={() => fetchNextPage()}>
          Search older threads
        </button>
      )}
    </>
  );
}

/** Says how much was found. */
function countOf(hits: number, hasMore: boolean): string {
  if (!hits) return hasMore ? 'Nothing found yet' : 'Nothing found';
  return `${hits}${hasMore ? ' or more' : ''} ${hits === 1 && !hasMore ? 'result' : 'results'}`;
}
