'use client';

/** An export as a page shows it. */

import { useCallback, useEffect, useRef, useState } from 'react';
import type { ExportProgress } from '../export.js';
import type { UsherStreams } from '../streams.js';

/** The state of an export. */
export type ExportState =
  | { readonly status: 'idle' }
  | { readonly status: 'running'; readonly progress: ExportProgress | undefined }
  | { readonly status: 'done'; readonly progress: ExportProgress; readonly file: Blob }
  | { readonly status: 'failed'; readonly error: unknown };

/** What {@link useExport} returns. */
export interface ExportHandle {
  readonly state: ExportState;
  /** Begins an export, and ends the one before. */
  start(): void;
  /** Ends the export, and forgets its file. */
  cancel(): void;
}

/**
 * Exports everything that belongs to the caller to a file, which a page can offer by `URL.createObjectURL`. Ends the
 * export when the component goes. Pass the same `streams` in each render.
 */
export function useExport(streams: Pick<UsherStreams, 'user'>): ExportHandle {
  const [state, setState] = useState<ExportState>({ status: 'idle' });
  const running = useRef<AbortController | undefined>(undefined);

  const cancel = useCallback(() => {
    running.current?.abort();
    running.current = undefined;
    setState({ status: 'idle' });
  }, []);
  const start = useCallback(() => {
    running.current?.abort();
    const controller = new AbortController();
    running.current = controller;
    // A state of an export that is not the current one any more.
    const set = (next: ExportState) => running.current === controller && setState(next);
    set({ status: 'running', progress: undefined });
    // A browser may keep the parts of a large file on disk.
    const parts: Blob[] = [];
    const { signal } = controller;
    streams.user
      .export((part) => parts.push(new Blob([part])), {
        signal,
        onProgress: (progress) => set({ status: 'running', progress }),
      })
      .then(
        (progress) => set({ status: 'done', progress, file: new Blob(parts, { type: 'application/x-ndjson' }) }),
        (error: unknown) => set({ status: 'failed', error }),
      );
  }, [streams]);

  useEffect(() => () => running.current?.abort(), []);
  return { state, start, cancel };
}
