'use client';

import { IncompleteExportError } from '@usher/client/stream';
import { type ExportState, useExport } from '@usher/client/stream/react';
import { useCallback } from 'react';
import { useStreams } from '@/lib/use-streams';
import { Failure } from '../failure';

/** A button that saves everything that belongs to the user, with its progress. */
export function ExportAccount() {
  const { state, start, cancel } = useExport(useStreams());
  return (
    <>
      {state.status === 'running' ? (
        <p>
          <output aria-live="polite">{progressOf(state)}</output>{' '}
          <button className="button" type="button" onClick={cancel}>
            Cancel
          </button>
        </p>
      ) : (
        <button className="button" type="button" onClick={start}>
          Download my data
        </button>
      )}
      {state.status === 'done' && <Saved file={state.file} messages={state.progress.counts.messages} />}
      <Failure what={failureOf(state)} error={state.status === 'failed' ? (state.error as Error) : null} />
    </>
  );
}

/** Offers the file. The browser keeps it as long as the link is shown. */
function Saved({ file, messages }: { file: Blob; messages: number }) {
  const link = useCallback(
    (element: HTMLAnchorElement) => {
      const address = URL.createObjectURL(file);
      element.href = address;
      return () => URL.revokeObjectURL(address);
    },
    [file],
  );
  return (
    <p>
      <a ref={link} download="usher-export.ndjson">
        Save your data
      </a>{' '}
      ({messages} {messages === 1 ? 'message' : 'messages'})
    </p>
  );
}

function progressOf(state: ExportState): string {
  const progress = state.status === 'running' ? state.progress : undefined;
  if (!progress) return 'Collecting your data…';
  return `${(progress.bytes / 1e6).toFixed(1)} MB, ${progress.counts.messages} messages…`;
}

function failureOf(state: ExportState): string {
  return state.status === 'failed' && state.error instanceof IncompleteExportError
    ? 'The download broke off.'
    : 'Your data could not be downloaded.';
}
