import { Notice } from '../notice';

/** Says that the account was deleted. */
export function Deleted() {
  return <Notice title="Your account was deleted">Your threads, messages and settings are deleted too.</Notice>;
}
