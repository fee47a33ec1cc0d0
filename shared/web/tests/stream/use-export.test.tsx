/** The hook of an export. */

import '../react/page.js';
import { act, cleanup, renderHook, waitFor } from '@testing-library/react';
import { afterEach, expect, test } from 'vitest';
import type { ExportProgress, UsherStreams } from '../../src/stream/index.js';
import { useExport } from '../../src/stream/react/index.js';

afterEach(cleanup);

const counts = { users: 1, settings: 1, threads: 0, messages: 0 };

/** Returns streams whose exports the test makes. */
function scripted() {
  const exports: { write: (text: string) => void; end: (error?: unknown) => void; signal: AbortSignal | undefined }[] =
    [];
  const streams: Pick<UsherStreams, 'user'> = {
    user: {
      export: (write, { signal, onProgress } = {}) =>
        new Promise<ExportProgress>((resolve, reject) => {
          let bytes = 0;
          exports.push({
            signal,
            write: (text) => {
              const part = new TextEncoder().encode(text);
              write(part);
              bytes += part.length;
              onProgress?.({ bytes, counts });
            },
            end: (error) => (error ? reject(error) : resolve({ bytes, counts })),
          });
        }),
    },
  };
  return { streams, exports };
}

test('a page sees how far an export is, and gets its file', async () => {
  const { streams, exports } = scripted();
  const { result } = renderHook(() => useExport(streams));
  expect(result.current.state).toEqual({ status: 'idle' });
  act(() => result.current.start());
  expect(result.current.state).toEqual({ status: 'running', progress: undefined });
  act(() => exports[0]?.write('one\n'));
  expect(result.current.state).toEqual({ status: 'running', progress: { bytes: 4, counts } });
  act(() => exports[0]?.write('two\n'));
  act(() => exports[0]?.end());
  await waitFor(() => expect(result.current.state.status).toBe('done'));
  const { state } = result.current;
  expect(state.status === 'done' && (await state.file.text())).toBe('one\ntwo\n');
});

test('an export that fails has its error', async () => {
  const { streams, exports } = scripted();
  const { result } = renderHook(() => useExport(streams));
  act(() => result.current.start());
  act(() => exports[0]?.end(new Error('broken off')));
  await waitFor(() =>
    expect(result.current.state).toMatchObject({ status: 'failed', error: { message: 'broken off' } }),
  );
});

test('an export ends with its page, or when another one begins', async () => {
  const { streams, exports } = scripted();
  const { result, unmount } = renderHook(() => useExport(streams));
  act(() => result.current.start());
  act(() => result.current.start());
  expect(exports[0]?.signal?.aborted).toBe(true);
  // The end of the first one changes nothing.
  await act(async () => exports[0]?.end(exports[0]?.signal?.reason));
  expect(result.current.state.status).toBe('running');
  act(() => result.current.cancel());
  expect([exports[1]?.signal?.aborted, result.current.state.status]).toEqual([true, 'idle']);
  act(() => result.current.start());
  unmount();
  expect(exports[2]?.signal?.aborted).toBe(true);
});
