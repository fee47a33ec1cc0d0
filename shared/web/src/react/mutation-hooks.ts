'use client';
/**
 * A hook for each route that changes something. The hooks that read show a change at once, and show what was there before
 * if the API refuses it. Changes of threads, of the messages of a thread, and of the settings are sent one after another.
 */

import { type UseMutationResult, useMutation } from '@tanstack/react-query';
import type {
  CreateExchange,
  CreateMessage,
  CreateThread,
  DeleteOutcome,
  Exchange,
  ExchangeMessage,
  Message,
  Settings,
  Thread,
  UpdateThread,
} from '../contract.js';
import type { Usher, VersionedSettings } from '../usher.js';
import type { Change, Effect } from './changes.js';
import { useSession } from './context.js';
import { mergePatch } from './rows.js';

/** The result of a hook that changes something: `mutate`, `mutateAsync`, `isPending`, `error`, … of TanStack Query. */
export type UsherMutation<Answer, Variables> = UseMutationResult<Answer, Error, Variables, unknown>;

/** Creates a thread. It is shown as the first one. */
export function useCreateThread(): UsherMutation<Thread, CreateThread | undefined> {
  return useChange({
    parts: ['threads'],
    send: (client, thread) => client.threads.create(thread),
    effect: (insert, thread, answer) => {
      const now = Date.now();
      return insert([answer ?? { title: thread?.title ?? null, created_at: now, updated_at: now }]);
    },
  });
}

/** Changes the title of a thread. */
export function useUpdateThread(): UsherMutation<Thread, UpdateThread & { id: string }> {
  return useChange({
    parts: ['threads'],
    send: (client, { id, title }) => client.threads.update(id, { title }),
    effect:
      (_insert, { id, title }, answer) =>
      (rows) =>
        rows.map((row) => (row.id === id ? { ...row, ...(answer ?? { title, isPending: true }) } : row)),
  });
}

/** Deletes the thread with this id, and its messages. */
export function useDeleteThread(): UsherMutation<void, string> {
  return useChange({
    parts: ['threads'],
    send: (client, id) => client.threads.delete(id),
    effect: (_insert, id) => (rows) => rows.filter((row) => row.id !== id),
  });
}

/** Adds messages to a thread. A message is shown as the last one if the end is shown. */
export function useCreateMessage(threadId: string): UsherMutation<Message, CreateMessage> {
  return useChange({
    parts: ['messages', threadId],
    send: (client, message) => client.messages.create(threadId, message),
    effect: (insert, message, answer) => insert([answer ?? newMessage(threadId, message)]),
  });
}

/** Adds exchanges to a thread: a user's message and the assistant's answer, or neither. */
export function useCreateExchange(threadId: string): UsherMutation<Exchange, CreateExchange> {
  return useChange({
    parts: ['messages', threadId],
    send: (client, exchange) => client.exchanges.create(threadId, exchange),
    effect: (insert, { user, assistant }, answer) =>
      insert([
        answer?.user ?? newMessage(threadId, user),
        answer?.assistant ?? newMessage(threadId, { ...assistant, role: 'assistant' }),
      ]),
  });
}

/** Changes the caller's settings by merge patches (RFC 7396), in which `null` removes a name. */
export function useUpdateSettings(): UsherMutation<VersionedSettings, Settings> {
  return useChange({
    parts: ['settings'],
    send: (client, patch) => client.settings.update(patch),
    effect: (_insert, patch, answer) => (rows) =>
      rows.map((row) => answer ?? { ...row, values: mergePatch(row.values, patch), isPending: true }),
  });
}

/**
 * Deletes the account with all its data. Fails with `reverification-required` if the user must verify a factor first;
 * Clerk's `useReverification` does that.
 */
export function useDeleteCurrentUser(): UsherMutation<DeleteOutcome, void> {
  return useChange({ parts: ['user'], send: (client) => client.user.delete(), effect: () => (rows) => rows });
}

/** How a hook changes something. */
interface ChangeOptions<Answer, Variables> {
  /** The beginning of the keys of the queries that it changes. */
  parts: readonly string[];
  send: (client: Usher, variables: Variables) => Promise<Answer>;
  /** Returns what the change does to rows. Without the answer, it is the answer that is expected. */
  effect: (insert: Parameters<Effect>[0], variables: Variables, answer?: Answer) => ReturnType<Effect>;
}

/** Returns the mutation of a change. */
export function useChange<Answer, Variables>({ parts, send, effect }: ChangeOptions<Answer, Variables>) {
  const session = useSession();
  const queryKey = session.queries.key(...parts);
  return useMutation<Answer, Error, Variables, Change>({
    mutationKey: queryKey,
    // The client repeats the request, always with the same `Idempotency-Key`.
    retry: false,
    // Changes of the same rows are sent in the order of the calls.
    scope: { id: queryKey.join() },
    mutationFn: (variables) => send(session.client, variables),
    onMutate: (variables) => session.begin(queryKey, (insert) => effect(insert, variables)),
    onSuccess: (answer, variables, change) => session.end(change, (insert) => effect(insert, variables, answer)),
    onError: (_error, _variables, change) => change && session.end(change),
  });
}

/** Returns a message as the API is expected to store it. */
export function newMessage(threadId: string, message: ExchangeMessage & CreateMessage): Omit<Message, 'id'> {
  return {
    thread_id: threadId,
    role: 'user',
    parts: null,
    model: null,
    created_at: Date.now(),
    status: 'complete',
    ...message,
  };
}
