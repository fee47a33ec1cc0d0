/** Which requests are repeated, and after which time. */

import type { ErrorCode } from './contract.js';
import { isGatewayError, type UsherError } from './error.js';

/** The codes of answers that say that the request had no effect, and may have one later. */
const REFUSED: readonly ErrorCode[] = ['conflict', 'keys-unavailable', 'user-not-synced'];
/** The upper bound of the first wait in milliseconds. It doubles with each try. */
const FIRST_WAIT = 200;
/** The upper bound of every wait in milliseconds, without `Retry-After`. */
const LONGEST_WAIT = 5000;

/**
 * Returns whether a repeat is safe and may succeed.
 *
 * @param isOnce whether the request must not be applied twice: a PATCH with `If-Match`. It is repeated only if the
 * answer says that it had no effect, because after a lost answer the repeat would get 412.
 */
export function isRepeatable({ status, code }: UsherError, isOnce: boolean): boolean {
  const hadNoEffect = status === 429 || REFUSED.includes(code);
  const mayHaveEffect = code === 'network' || code === 'timeout' || isGatewayError(status);
  return hadNoEffect || (mayHaveEffect && !isOnce);
}

/**
 * Returns the milliseconds before the next try: `Retry-After` if the answer has it, and in addition a random part
 * ("full jitter"), so that clients that failed together do not return together.
 *
 * @param tries the number of tries so far, at least 1.
 */
export function waitBeforeRepeat(error: UsherError, tries: number): number {
  const bound = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (tries - 1));
  return (error.retryAfter ?? 0) * 1000 + Math.random() * bound;
}
