/** The answers that a client remembers, so that the API need not send them again. */

/** The maximum number of remembered answers. */
const MAX_ENTRIES = 100;
/** The maximum length of a remembered answer in UTF-16 units. Longer ones are read again each time. */
const MAX_LENGTH = 256 * 1024;

/** A successful answer to a GET. */
export interface Remembered {
  etag: string;
  /** The body as text. Parsed anew for each caller, so that a change of one result does not change the next. */
  text: string;
}

/**
 * Remembers the answers that were used last. The keys are made from the user and the URL, so an answer is never shown
 * to another user. An ETag alone would not be enough, because the settings of two users may have the same version.
 */
export class EtagCache {
  readonly #entries = new Map<string, Remembered>();

  get(key: string): Remembered | undefined {
    const entry = this.#entries.get(key);
    if (entry) this.set(key, entry.etag, entry.text);
    return entry;
  }

  set(key: string, etag: string, text: string): void {
    this.#entries.delete(key);
    if (text.length > MAX_LENGTH) return;
    this.#entries.set(key, { etag, text });
    // A Map iterates in the order of insertion, so its first key is the one that was used last the longest ago.
    if (this.#entries.size > MAX_ENTRIES) this.#entries.delete(this.#entries.keys().next().value as string);
  }

  clear(): void {
    this.#entries.clear();
  }
}
