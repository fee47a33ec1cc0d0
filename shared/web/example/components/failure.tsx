import { UsherError } from '@usher/client';
import styles from './failure.module.css';

/** Says why something failed. Screen readers announce it at once. Shows nothing without an error. */
export function Failure({ what, error }: { what: string; error: Error | null }) {
  if (!error) return null;
  return (
    <p className={styles.failure} role="alert">
      {what} {reasonOf(error)}
    </p>
  );
}

function reasonOf(error: Error): string {
  if (!(error instanceof UsherError)) return 'Please try again.';
  if (error.code === 'invalid-field')
    return error.errors.map(({ field, detail }) => `The ${field} ${detail}.`).join(' ');
  if (error.code === 'model-not-configured')
    return 'This server has no model that replies. You can send messages only.';
  if (error.code === 'too-many-replies') return 'Four replies are being written. Please wait for one of them.';
  if (error.code === 'network' || error.code === 'timeout') return 'There is no connection to the server.';
  return error.requestId ? `Please try again, or report ${error.requestId}.` : 'Please try again.';
}
