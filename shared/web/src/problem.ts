/** The unsuccessful answers of the API. */

import type { FieldError } from './contract.js';

/** Problem details (RFC 9457). */
export interface Problem {
  /** `urn:usher:problem:` and the code. */
  type: string;
  title: string;
  status: number;
  detail: string;
  request_id: string;
  errors?: FieldError[];
  /** Only for `reverification-required`: the form that Clerk's `useReverification` reads. */
  clerk_error?: unknown;
}

/** The codes of the API's problems. */
export type ProblemCode =
  | 'clerk-not-configured'
  | 'clerk-unavailable'
  | 'conflict'
  | 'delete-self-disabled'
  | 'idempotency-key-reused'
  | 'impersonated'
  | 'internal'
  | 'invalid-cursor'
  | 'invalid-field'
  | 'invalid-idempotency-key'
  | 'invalid-limit'
  | 'invalid-query'
  | 'invalid-token'
  | 'keys-unavailable'
  | 'malformed'
  | 'no-token'
  | 'not-found'
  | 'reverification-required'
  | 'settings-too-large'
  | 'too-large'
  | 'unavailable'
  | 'unsupported-media-type'
  | 'user-banned'
  | 'user-deleted'
  | 'user-not-synced'
  | 'version-mismatch';

/** Why a call failed: the code of a problem, or one of these. */
export type ErrorCode =
  | ProblemCode
  /** API Gateway's 429: the limit of the route was reached. */
  | 'throttled'
  /** No answer arrived, for example because the device is offline. */
  | 'network'
  /** The time of the call, or of its last try, ended. */
  | 'timeout'
  /** The answer is not one of the API. Check the URL. */
  | 'unexpected';
