/** Reads again after changes, never twice at a time. */

/**
 * Returns a function that reads. If it is called during a read, it reads once more afterwards, because that read may
 * not have seen the change.
 *
 * @param signal ends the repeats.
 */
export function createReader(
  read: (signal: AbortSignal) => Promise<unknown>,
  onError: (error: unknown) => void,
  signal: AbortSignal,
): () => void {
  let isReading = false;
  let isDirty = false;
  const run = async () => {
    isDirty = true;
    if (isReading) return;
    isReading = true;
    while (isDirty && !signal.aborted) {
      isDirty = false;
      try {
        await read(signal);
      } catch (error) {
        if (!signal.aborted) onError(error);
      }
    }
    isReading = false;
  };
  return run;
}
