/** The errors that a call rejects with, and how an answer becomes one. */

import type { ErrorCode, FieldError, Problem } from './contract.js';

/** The beginning of the `type` of every problem of the API. */
const PROBLEM_PREFIX = 'urn:usher:problem:';

/**
 * An unsuccessful call. No field holds a token.
 *
 * A call that was aborted through its `AbortSignal` rejects with the reason of the signal instead, and an error of
 * `getToken` is passed on as it is.
 */
export class UsherError extends Error {
  /** The status of the answer, or 0 if there was none (`network`, `timeout`) or a browser hides it (a redirect). */
  readonly status: number;
  /** What went wrong. Compare with this field; the texts may change. */
  readonly code: ErrorCode;
  /** The reason for people. It names fields and limits, and never holds a value of the request. */
  readonly detail: string;
  /** The id to quote in a report. The logs of the API have it too. */
  readonly requestId: string | undefined;
  /** The wrong fields of the request, at most 100. Empty if the API blamed none. */
  readonly errors: readonly FieldError[];
  /** The seconds after which the API may accept a repeat, if it named a time. */
  readonly retryAfter: number | undefined;
  /** The whole problem (RFC 9457). Missing if the answer was no problem of the API. */
  readonly problem: Problem | undefined;

  constructor(status: number, code: ErrorCode, detail: string, rest: UsherErrorRest = {}) {
    super(`${status ? `${status} ` : ''}${code}: ${detail}`, rest.cause && { cause: rest.cause });
    this.name = 'UsherError';
    this.status = status;
    this.code = code;
    this.detail = detail;
    this.requestId = rest.requestId;
    this.errors = (rest.problem as { errors?: FieldError[] } | undefined)?.errors ?? [];
    this.retryAfter = rest.retryAfter;
    this.problem = rest.problem;
  }
}

/** The optional parts of a {@link UsherError}. */
export interface UsherErrorRest {
  requestId?: string | undefined;
  retryAfter?: number | undefined;
  problem?: Problem | undefined;
  /** The error of the try before, if the time of the call ended during a repeat. */
  cause?: UsherError | undefined;
}

/**
 * Returns the error of an answer that is not successful, or whose body is not what the API sends.
 *
 * @param answer a response, or the status of a problem that came another way.
 * @param idHeader the header in which the gateway names the request.
 */
export function errorOfAnswer(
  { status, headers }: { status: number; headers?: Headers },
  text: string,
  idHeader = 'apigw-requestid',
): UsherError {
  const body = parseObject(text);
  const isProblem = typeof body?.type === 'string' && body.type.startsWith(PROBLEM_PREFIX);
  const problem = isProblem ? (body as unknown as Problem) : undefined;
  return new UsherError(
    status,
    problem ? (problem.type.slice(PROBLEM_PREFIX.length) as ErrorCode) : codeOfStatus(status),
    problem?.detail ?? (typeof body?.message === 'string' ? body.message : 'not an answer of the API'),
    {
      requestId: problem?.request_id ?? headers?.get(idHeader) ?? undefined,
      retryAfter: secondsOf(headers?.get('retry-after')),
      problem,
    },
  );
}

/**
 * Returns the error of a request that got no answer. The cause is left out, because an error of `fetch` may quote the
 * headers, and one of them is the token.
 */
export function networkError(error: unknown): UsherError {
  const { name, cause } = error as Error;
  const code = (cause as { code?: unknown } | undefined)?.code;
  return new UsherError(0, 'network', `no answer from the API (${typeof code === 'string' ? code : name})`);
}

/** Returns the code of an answer that is no problem: one of API Gateway's own, or of a proxy in between. */
function codeOfStatus(status: number): ErrorCode {
  if (status === 429) return 'throttled';
  if (status === 413) return 'too-large';
  if (status === 500) return 'internal';
  return isGatewayError(status) ? 'unavailable' : 'unexpected';
}

/** Returns whether the status says that the API did not respond, or not in time: 502, 503 and 504. */
export function isGatewayError(status: number): boolean {
  return status > 501 && status < 505;
}

/** Reads `Retry-After`, which is a number of seconds or a date (RFC 9110 §10.2.3). */
function secondsOf(header: string | null | undefined): number | undefined {
  if (!header) return undefined;
  const seconds = Number.isNaN(+header) ? (Date.parse(header) - Date.now()) / 1000 : +header;
  return seconds >= 0 ? seconds : undefined;
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text) ?? undefined;
  } catch {
    return undefined;
  }
}
