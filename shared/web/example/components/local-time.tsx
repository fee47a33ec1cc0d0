'use client';

import { useSyncExternalStore } from 'react';

const FORMAT: Intl.DateTimeFormatOptions = { dateStyle: 'medium', timeStyle: 'short' };

/** A time in the browser's language and time zone, which a server does not know. */
export function LocalTime({ milliseconds }: { milliseconds: number }) {
  const date = new Date(milliseconds);
  const text = useSyncExternalStore(
    () => () => {},
    () => date.toLocaleString(undefined, FORMAT),
    () => '',
  );
  return <time dateTime={date.toISOString()}>{text}</time>;
}
