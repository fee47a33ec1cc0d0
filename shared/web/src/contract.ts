/** The types of the API, made from `infra/openapi.json`. `npm run generate` writes them anew. */

import type { GetSettingsResponse, Problem } from './generated/types.gen.js';

export type {
  ClerkUser,
  CreateExchange,
  CreateMessage,
  CreateReply,
  CreateThread,
  DeleteOutcome,
  EmailAddress,
  Exchange,
  ExchangeMessage,
  ExportCounts,
  ExportEnd,
  ExportHeader,
  ExportLine,
  FieldError,
  Identity,
  LoginStatus,
  Message,
  MessageParts,
  MessageStatus,
  Organization,
  Problem,
  ReplyChunk,
  Role,
  SearchHit,
  SearchKind,
  SearchPage,
  Snippet,
  TextRange,
  Thread,
  UpdateThread,
  UserCard,
} from './generated/types.gen.js';

/** A page of a list. It may have fewer items than the limit, or none. Only a `next_cursor` of `null` marks the end. */
export interface Page<T> {
  items: T[];
  /** The cursor of the next page. */
  next_cursor: string | null;
}

/** The settings of a user: a JSON object of at most 16 KB. */
export type Settings = GetSettingsResponse;

type CodeOf<Type> = Type extends `urn:usher:problem:${infer Code}` ? Code : never;

/** The codes of the API's problems. */
export type ProblemCode = CodeOf<Problem['type']>;

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
