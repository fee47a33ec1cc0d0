/** The waits of live updates. */

/** The upper bound of the first wait in milliseconds. It doubles with each failure. */
const FIRST_WAIT = 100;
/** The upper bound of every wait in milliseconds. */
export const LONGEST_WAIT = 16_000;

/**
 * Returns the milliseconds before the next try. They are random ("full jitter"), so that clients that lost their
 * connections together do not return together.
 *
 * @param failures the number of failed tries before the last one.
 */
export function backOff(failures: number): number {
  return Math.random() * Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** failures);
}
