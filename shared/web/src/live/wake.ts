/** The moments at which a page of a browser may have slept, or has come back online. */

/**
 * Calls back at these moments. Does nothing outside of pages.
 *
 * @returns the function that ends it.
 */
export function onWake(wake: (isBackOnline: boolean) => void): () => void {
  const { document, window } = globalThis as Partial<typeof globalThis>;
  if (!document || !window) return () => {};
  const awake = ({ type }: Event) => {
    const isBackOnline = type === 'online';
    // A hidden page may sleep on, but a network that is back is reported only once.
    if (isBackOnline || !document.hidden) wake(isBackOnline);
  };
  const listen = (method: 'addEventListener' | 'removeEventListener') => {
    document[method]('visibilitychange', awake);
    window[method]('online', awake);
    window[method]('pageshow', awake);
  };
  listen('addEventListener');
  return () => listen('removeEventListener');
}
