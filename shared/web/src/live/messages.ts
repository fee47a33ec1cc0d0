/** What travels over a connection of live updates. */

import type { Problem } from '../contract.js';

/** The subprotocol of a connection. The second one is `bearer.<token>`. */
export const PROTOCOL = 'usher.v1';

/** The time in milliseconds after which a connection without a new hello hears nothing more. */
export const LEASE = 660_000;

/** What the API sends. */
export type ServerMessage =
  /** The answer to a hello. The next hello is due after `renew_in_ms` milliseconds. */
  | { type: 'ready'; renew_in_ms: number }
  /** Something of the user has changed. */
  | { type: 'changed'; keys: ChangeKey[] }
  /** The API closes the connection, or answers a hello by no. */
  | { type: 'closed'; reason: CloseReason }
  /** A message was no good hello. */
  | { type: 'error'; problem: Problem };

/** What a client sends, at most 8 KB: once the connection is open, and again before the lease ends. */
export interface ClientMessage {
  type: 'hello';
  token: string;
}

/** Why the API closed a connection. */
export type CloseReason =
  /** The account was deleted. */
  | 'user-deleted'
  /** The user was banned. */
  | 'user-banned'
  /** The session of the token was ended, for example because the user signed out. */
  | 'session-ended'
  /** The user has more than 50 connections, and this was the oldest. */
  | 'too-many-connections'
  /** No hello came in time. */
  | 'lease-expired'
  /** The token of a hello was of another user than the one before. */
  | 'other-user'
  /** The API has forgotten the connection. */
  | 'removed';

/** The name of something that the API can read. `threads/<id>` and `threads/<id>/messages` name parts of a thread. */
export type LiveKey = 'user' | 'settings' | 'threads' | `threads/${string}`;

/** The name of what has changed. `all` stands for every key. */
export type ChangeKey = LiveKey | 'all';
