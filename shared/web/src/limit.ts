/** Bounds in time: every wait of a call ends when its signal aborts. */

/**
 * Runs a step with a signal that aborts after `ms` milliseconds, or when `outer` aborts. The promise rejects at that
 * moment, even if the step ignores its signal.
 *
 * @param error returns the reason if the time ends. An abort of `outer` passes on its own reason.
 */
export async function withLimit<T>(
  ms: number,
  outer: AbortSignal | undefined,
  error: () => unknown,
  step: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  outer?.throwIfAborted();
  // AbortSignal.any and .timeout would do the same, but Safari before 17.4 and Node before 20.3 lack the first.
  const controller = new AbortController();
  const abort = () => controller.abort(outer?.reason);
  const timer = setTimeout(() => controller.abort(error()), ms);
  outer?.addEventListener('abort', abort);
  try {
    return await untilAborted(controller.signal, step(controller.signal));
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener('abort', abort);
  }
}

/** Settles as the promise does, or rejects with the reason of the signal if that aborts first. */
export async function untilAborted<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** Resolves after `ms` milliseconds. Rejects with the reason of the signal if that aborts first. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const elapsed = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  try {
    await untilAborted(signal, elapsed);
  } finally {
    clearTimeout(timer);
  }
}
