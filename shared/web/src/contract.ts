/** The types of the API. `functions/README.md` describes the routes, the limits and the errors. */

/** A conversation of a user. */
export interface Thread {
  id: string;
  title: string | null;
  /** Milliseconds since the epoch. */
  created_at: number;
  /** Milliseconds since the epoch. A new message and a new title change it. */
  updated_at: number;
}

/** A part of a message, as an AI library structures it. */
export interface MessagePart {
  type: string;
  [name: string]: unknown;
}

/** A message of a thread. */
export interface Message {
  id: string;
  thread_id: string;
  role: 'user' | 'assistant';
  content: string;
  parts: MessagePart[] | null;
  /** The client's name for the model that wrote the message. */
  model: string | null;
  /** Milliseconds since the epoch. */
  created_at: number;
}

/** A page of a list. Only a `next_cursor` of `null` marks the end. */
export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

/** A user's message and the assistant's answer. */
export interface Exchange {
  user: Message;
  assistant: Message;
}

/** The body of a new thread. A title has 1 to 200 characters. */
export interface CreateThread {
  title?: string | null;
}

/** A change of a thread. `null` removes the title. */
export interface UpdateThread {
  title: string | null;
}

/** A message of a new exchange. */
export interface ExchangeMessage {
  /** 1 byte to 100 KB. */
  content: string;
  /** At most 256 KB of JSON. */
  parts?: MessagePart[] | null;
  /** 1 to 100 characters. */
  model?: string | null;
}

/** The body of a new message. */
export interface CreateMessage extends ExchangeMessage {
  /** The default is `user`. */
  role?: Message['role'];
}

/** The body of a new exchange. */
export interface CreateExchange {
  user: ExchangeMessage;
  assistant: ExchangeMessage;
}

/** The settings of a user: a JSON object of at most 16 KB. */
export interface Settings {
  [name: string]: unknown;
}

/** A user, as Clerk's Backend API describes it. */
export interface ClerkUser {
  id: string;
  [name: string]: unknown;
}

/** What every signed-in caller may see of a user. */
export interface UserCard {
  id: string;
  name: string | null;
  username: string | null;
  image_url: string | null;
}

/** What a session token says. */
export interface Identity {
  /** The id of the user. */
  subject: string;
  /** The Clerk instance. */
  issuer: string;
  token_identifier: string;
  [name: string]: unknown;
}

/** Whether the caller is signed in and stored. */
export type LoginStatus =
  | { status: 'no_token' }
  | { status: 'not_synced'; identity: Identity }
  | { status: 'signed_in'; identity: Identity; user: ClerkUser };

/** The result of the deletion of an account. */
export interface DeleteOutcome {
  outcome: 'deleted';
}

/** A wrong field of a request. */
export interface FieldError {
  /** The path of the field, for example `user.content`. */
  field: string;
  detail: string;
}
