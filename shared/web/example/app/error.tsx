'use client';

import { Notice } from '@/components/notice';

/** Shown if a page could not be read. */
export default function ErrorPage({ reset }: { reset: () => void }) {
  return (
    <Notice title="This page could not be loaded">
      <button className="button" type="button" onClick={reset}>
        Try again
      </button>
    </Notice>
  );
}
