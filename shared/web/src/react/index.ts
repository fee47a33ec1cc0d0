/** Usher in React: a provider, and hooks on TanStack Query. Files with `use client` are left out of server components. */

export type { ClerkSession, UseAuth } from './clerk.js';
export { useLiveStatus, useUsher, useUsherAuth, useUsherQueries } from './context.js';
export { Authenticated, AuthLoading, type GateProps, Unauthenticated } from './gates.js';
export type { ListOptions, PageParam, Pages } from './lists.js';
export {
  type UsherMutation,
  useCreateExchange,
  useCreateMessage,
  useCreateThread,
  useDeleteCurrentUser,
  useDeleteThread,
  useUpdateSettings,
  useUpdateThread,
} from './mutation-hooks.js';
export { UsherProvider, type UsherProviderProps } from './provider.js';
export { type ListQuery, type ReadOptions, type SearchListQuery, type UsherQueries, usherQueries } from './queries.js';
export {
  useCurrentUser,
  useLoginStatus,
  useMessages,
  useSearch,
  useSettings,
  useSuspenseCurrentUser,
  useSuspenseLoginStatus,
  useSuspenseMessages,
  useSuspenseSettings,
  useSuspenseThread,
  useSuspenseThreads,
  useSuspenseUserCard,
  useThread,
  useThreads,
  useUserCard,
} from './query-hooks.js';
export type { Row, Shown } from './rows.js';
export type { UsherAuth } from './user-state.js';
