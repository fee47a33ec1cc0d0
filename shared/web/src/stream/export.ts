/** The export of everything that belongs to the caller. */

import type { ExportCounts, ExportEnd } from '../contract.js';
import { UsherError } from '../error.js';
import type { Open } from './open.js';
import { Sha256 } from './sha256.js';

export type { ExportCounts } from '../contract.js';

/** How far an export is. */
export interface ExportProgress {
  /** The bytes that were written. */
  readonly bytes: number;
  /** The lines of each type that were read. */
  readonly counts: Readonly<ExportCounts>;
}

/** The options of an export. */
export interface ExportOptions {
  /** Ends the export at once. It then rejects with the reason of the signal. */
  signal?: AbortSignal | undefined;
  /** Is told how far the export is, after each part. */
  onProgress?: ((progress: ExportProgress) => void) | undefined;
}

/**
 * Why an export is not whole: the connection broke off, the last line is missing, a line is not readable, the last line
 * does not match the others, or the user was deleted meanwhile.
 */
export type IncompleteReason = 'broken-off' | 'no-end' | 'unreadable' | 'mismatch' | 'user-deleted';

/** An export that began and is not whole. */
export class IncompleteExportError extends Error {
  readonly reason: IncompleteReason;

  constructor(reason: IncompleteReason, cause?: UsherError) {
    super(`the export is not whole: ${reason}`, cause && { cause });
    this.name = 'IncompleteExportError';
    this.reason = reason;
  }
}

/** The type of each line that is counted. */
const COUNTED: Record<string, keyof ExportCounts> = {
  user: 'users',
  settings: 'settings',
  thread: 'threads',
  message: 'messages',
};
const NOTHING: ExportCounts = { users: 0, settings: 0, threads: 0, messages: 0 };
/** The byte that ends a line. */
const LINE_FEED = 10;

/** Reads an export, which may take several answers. See {@link UsherStreams}. */
export async function exportAccount(
  open: Open,
  write: (part: Uint8Array<ArrayBuffer>) => unknown,
  { signal, onProgress }: ExportOptions = {},
): Promise<ExportProgress> {
  let progress: ExportProgress = { bytes: 0, counts: NOTHING };
  let cursor: string | undefined;
  do {
    const before = progress.counts;
    const lines = new CheckedLines();
    const { parts } = await open(`/users/me/export${cursor ? `?cursor=${encodeURIComponent(cursor)}` : ''}`, {
      signal,
    });
    try {
      for await (const part of parts) {
        lines.read(part);
        await write(part);
        progress = { bytes: progress.bytes + part.length, counts: sum(before, lines.counts) };
        onProgress?.(progress);
      }
    } catch (error) {
      throw error instanceof UsherError ? new IncompleteExportError('broken-off', error) : error;
    }
    cursor = lines.finish();
  } while (cursor);
  return progress;
}

function sum(one: ExportCounts, other: ExportCounts): ExportCounts {
  return {
    users: one.users + other.users,
    settings: one.settings + other.settings,
    threads: one.threads + other.threads,
    messages: one.messages + other.messages,
  };
}

/** Reads the lines of one answer in any pieces. Holds the last line only. */
class CheckedLines {
  counts = { ...NOTHING };
  #pieces: Uint8Array[] = [];
  readonly #hash = new Sha256();
  #end: ExportEnd | undefined;

  read(part: Uint8Array): void {
    let from = 0;
    for (;;) {
      const to = part.indexOf(LINE_FEED, from) + 1;
      this.#pieces.push(to ? part.subarray(from, to) : part.slice(from));
      if (!to) return;
      this.#readLine();
      from = to;
    }
  }

  #readLine(): void {
    const decoder = new TextDecoder();
    const text = this.#pieces.map((piece) => decoder.decode(piece, { stream: true })).join('');
    const line = parse(text);
    // Nothing may follow the end.
    if (!line || this.#end) throw new IncompleteExportError('unreadable');
    if (line.type === 'end') this.#end = line as unknown as ExportEnd;
    else for (const piece of this.#pieces) this.#hash.update(piece);
    const counted = COUNTED[line.type];
    if (counted) this.counts[counted]++;
    this.#pieces = [];
  }

  /** Returns the cursor of the next answer, or `undefined` after the last. */
  finish(): string | undefined {
    const end = this.#end;
    if (!end || this.#pieces.some((piece) => piece.length)) throw new IncompleteExportError('no-end');
    if (end.outcome === 'user_deleted') throw new IncompleteExportError('user-deleted');
    const isSame = Object.entries(this.counts).every(
      ([name, count]) => end.counts?.[name as keyof ExportCounts] === count,
    );
    if (!isSame || end.sha256 !== this.#hash.hex()) throw new IncompleteExportError('mismatch');
    return end.outcome === 'continues' ? end.next_cursor : undefined;
  }
}

function parse(text: string): { type: string } | undefined {
  try {
    return JSON.parse(text) ?? undefined;
  } catch {
    return undefined;
  }
}
