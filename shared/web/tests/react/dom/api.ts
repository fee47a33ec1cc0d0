/** The API as these tests need it: in memory, with answers that a test can hold, refuse or lose. */

import type { Message, Settings, Thread } from '../../../src/index.js';
import { mergePatch } from '../../../src/react/rows.js';
import { tokenOf } from '../../live/recorder.js';

/** What the API has stored of a user. */
export interface Stored {
  threads: Thread[];
  messages: Map<string, Message[]>;
  settings: Settings;
  version: number;
  /** The code that each request of the user is refused with. */
  refusal?: { status: number; code: string; retryAfter?: number } | undefined;
}

/** A request that the API has seen. */
export interface Seen {
  user: string | undefined;
  method: string;
  path: string;
}

/** A request that waits. */
export interface Held {
  /** Answers as the API does, now. */
  release(): Promise<void>;
  /** Answers without the API. */
  answer(response: Response): void;
  /** Refuses the request. */
  refuse(status: number, code: string): void;
  /** Returns whether the client has cancelled the request. */
  isAborted(): boolean;
}

/** Returns a problem as an answer. */
function problem(status: number, code: string, retryAfter?: number): Response {
  const body = { type: `urn:usher:problem:${code}`, title: code, status, detail: code, request_id: 'r1' };
  const headers = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
  return Response.json(body, { status, headers });
}

/** A stand-in for the API. */
export function createApi() {
  const users = new Map<string, Stored>();
  const seen: Seen[] = [];
  const waiting: { pattern: RegExp; take: (held: Held) => void }[] = [];
  let count = 0;
  const nextId = () => `id-${++count}`;

  /** Adds a user with threads of these titles. */
  function addUser(id: string, ...titles: string[]): Stored {
    const stored: Stored = { threads: [], messages: new Map(), settings: {}, version: 1 };
    users.set(id, stored);
    for (const title of titles) addThread(id, title);
    return stored;
  }

  function addThread(user: string, title: string | null): Thread {
    const thread = { id: nextId(), title, created_at: Date.now(), updated_at: Date.now() };
    users.get(user)?.threads.unshift(thread);
    return thread;
  }

  function addMessage(user: string, threadId: string, body: Partial<Message>): Message {
    const message: Message = {
      id: nextId(),
      thread_id: threadId,
      role: 'user',
      content: '',
      parts: null,
      model: null,
      status: 'complete',
      created_at: Date.now(),
      ...body,
    };
    const messages = users.get(user)?.messages;
    messages?.set(threadId, [...(messages.get(threadId) ?? []), message]);
    return message;
  }

  function page<T extends { id: string }>(rows: readonly T[], query: URLSearchParams) {
    const begin = query.has('cursor') ? rows.findIndex(({ id }) => id === query.get('cursor')) + 1 : 0;
    const items = rows.slice(begin, begin + Number(query.get('limit') ?? 50));
    const last = items.at(-1);
    return Response.json({ items, next_cursor: last && last !== rows.at(-1) ? last.id : null });
  }

  function answer(user: string | undefined, method: string, url: URL, body: string | undefined): Response {
    if (!user) return problem(401, 'no-token');
    const stored = users.get(user);
    if (!stored) return problem(404, 'user-not-synced', 0);
    if (stored.refusal) return problem(stored.refusal.status, stored.refusal.code, stored.refusal.retryAfter);
    const [, group, id = '', children] = url.pathname.split('/');
    const values = body ? JSON.parse(body) : {};
    if (group === 'users' && method === 'DELETE') {
      stored.refusal = { status: 401, code: 'user-deleted' };
      return Response.json({ outcome: 'deleted' }, { status: 202 });
    }
    if (url.pathname === '/users/me/status')
      return Response.json({ status: 'signed_in', identity: { subject: user }, user: { id: user } });
    if (group === 'search') {
      const q = String(url.searchParams.get('q')).toLowerCase();
      const threads = stored.threads.filter(({ title }) => title?.toLowerCase().includes(q));
      const items = threads.map((thread) => ({ thread, message: null, snippet: { text: thread.title, ranges: [] } }));
      return Response.json({ items, next_cursor: null, searched: { threads: 1, messages: 0, back_to: null } });
    }
    if (group === 'users') return Response.json({ id: id === 'me' ? user : id, name: id, first_name: user });
    if (group === 'settings') {
      if (method === 'PATCH') {
        stored.settings = mergePatch(stored.settings, values) as Settings;
        stored.version++;
      }
      return Response.json(stored.settings, { headers: { etag: `"${stored.version}"` } });
    }
    if (children === 'exchanges') {
      const user_ = addMessage(user, id, values.user);
      const assistant = addMessage(user, id, { ...values.assistant, role: 'assistant' });
      return Response.json({ user: user_, assistant }, { status: 201 });
    }
    if (children) {
      if (method === 'POST') return Response.json(addMessage(user, id, values), { status: 201 });
      return page(stored.messages.get(id) ?? [], url.searchParams);
    }
    if (!id && method === 'POST') return Response.json(addThread(user, values.title ?? null), { status: 201 });
    if (!id) return page(stored.threads, url.searchParams);
    const thread = stored.threads.find((thread) => thread.id === id);
    if (method === 'DELETE') {
      stored.threads = stored.threads.filter((other) => other !== thread);
      return new Response(null, { status: 204 });
    }
    if (!thread) return problem(404, 'not-found');
    if (method === 'PATCH') {
      const changed = { ...thread, ...values };
      stored.threads = stored.threads.map((other) => (other === thread ? changed : other));
      return Response.json(changed);
    }
    return Response.json(thread);
  }

  /** Answers a request. */
  async function fetch(address: string, init: RequestInit): Promise<Response> {
    const url = new URL(address);
    const method = init.method ?? 'GET';
    const token = new Headers(init.headers).get('authorization')?.slice('Bearer '.length);
    const user = token && JSON.parse(atob(token.split('.')[1] ?? '')).sub;
    seen.push({ user, method, path: url.pathname });
    const index = waiting.findIndex(({ pattern }) => pattern.test(`${method} ${url.pathname}`));
    const now = () => answer(user, method, url, init.body as string | undefined);
    if (index < 0) return now();
    const [found] = waiting.splice(index, 1);
    return new Promise((resolve, reject) => {
      init.signal?.addEventListener('abort', () => reject(init.signal?.reason));
      found?.take({
        release: async () => {
          resolve(now());
          await new Promise((done) => setTimeout(done));
        },
        answer: resolve,
        refuse: (status, code) => resolve(problem(status, code)),
        isAborted: () => !!init.signal?.aborted,
      });
    });
  }

  return {
    fetch,
    seen,
    addUser,
    addThread,
    addMessage,
    /** Holds the next request whose method and path match. Resolves when it has come. */
    hold: (pattern: RegExp) => new Promise<Held>((take) => waiting.push({ pattern, take })),
    /** Returns the users whose requests match. */
    usersOf: (pattern: RegExp) =>
      seen.filter(({ method, path }) => pattern.test(`${method} ${path}`)).map(({ user }) => user),
    tokenOf,
  };
}
