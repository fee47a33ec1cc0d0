/** An app below a `UsherProvider`, with a Clerk whose user a test changes. */

import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, render } from '@testing-library/react';
import { type ReactNode, StrictMode, useSyncExternalStore } from 'react';
import { expect, onTestFinished, vi } from 'vitest';
import { createUsher, type UsherOptions } from '../../../src/index.js';
import { type UseAuth, UsherProvider } from '../../../src/react/index.js';
import { tokenOf } from '../../live/recorder.js';
import { createApi } from './api.js';
import { createSockets } from './live.js';

/** Who is signed in at Clerk. */
export interface ClerkState {
  isLoaded: boolean;
  userId?: string | null;
  sessionId?: string | null;
  orgId?: string | null;
  orgRole?: string | null;
}

/** Clerk's states: loading, nobody, and a user with one session. */
export const LOADING: ClerkState = { isLoaded: false };
export const NOBODY: ClerkState = { isLoaded: true, userId: null, sessionId: null };
export const signedIn = (userId: string): ClerkState => ({ isLoaded: true, userId, sessionId: `session of ${userId}` });

/** A stand-in for Clerk. `getToken` returns the token of the user of the moment, and is another function each time. */
export function createClerk(initial: ClerkState, getToken?: () => Promise<string | null>) {
  let state = initial;
  const tokenOfUser = async () => (state.userId ? tokenOf(state.userId) : null);
  const listeners = new Set<() => void>();
  const subscribe = (listener: () => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  const useAuth: UseAuth = () => {
    const current = useSyncExternalStore(
      subscribe,
      () => state,
      () => state,
    );
    return { ...current, getToken: () => (getToken ?? tokenOfUser)() };
  };
  return {
    useAuth,
    /** Changes who is signed in, at once for `getToken`, and for components with their next render. */
    set(next: ClerkState) {
      state = next;
      for (const listener of [...listeners]) listener();
    },
  };
}

/** Fails the test if something is written to the console. */
export function expectSilence(): void {
  const spies = (['error', 'warn'] as const).map((level) => vi.spyOn(console, level));
  // Only a test has the server and the browser in one process.
  const isReal = ([message]: unknown[]) => !String(message).includes('Detected multiple renderers');
  onTestFinished(() => {
    for (const spy of spies) expect(spy.mock.calls.filter(isReal)).toEqual([]);
  });
}

/** Creates a client of a new stand-in for the API. */
export function createClient(options: Partial<UsherOptions> = {}) {
  const api = createApi();
  const { sockets, hellos, WebSocket } = createSockets();
  const usher = createUsher({ url: 'https://api.example', fetch: api.fetch, WebSocket, ...options });
  return { api, sockets, hellos, usher };
}

/** Renders an app. It ends with the test, and its console must be silent. */
export function start(
  children: ReactNode,
  { state = signedIn('ada'), queryClient = new QueryClient(), ...rest }: StartOptions = {},
) {
  expectSilence();
  const { api, sockets, usher } = rest.client ?? createClient();
  const clerk = createClerk(state);
  const useAuth = rest.isBound ? createBoundAuth(clerk.useAuth) : clerk.useAuth;
  const app = (content: ReactNode) => (
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <UsherProvider client={usher} useAuth={useAuth}>
          {content}
        </UsherProvider>
      </QueryClientProvider>
    </StrictMode>
  );
  const view = render(app(children));
  const rerenderApp = (content: ReactNode) => view.rerender(app(content));
  onTestFinished(() => {
    cleanup();
    queryClient.clear();
  });
  return { ...view, rerenderApp, api, sockets, usher, clerk, queryClient };
}

/** Returns a hook whose `getToken` returns the token of the user of that render, also later. */
function createBoundAuth(useAuth: UseAuth): UseAuth {
  return () => {
    const auth = useAuth();
    const token = auth.userId ? tokenOf(auth.userId) : null;
    return { ...auth, getToken: () => token };
  };
}

/** The options of {@link start}. */
export interface StartOptions {
  /** Whether each `getToken` returns the token of its own render only. */
  isBound?: boolean;
  state?: ClerkState;
  queryClient?: QueryClient;
  client?: ReturnType<typeof createClient>;
}
