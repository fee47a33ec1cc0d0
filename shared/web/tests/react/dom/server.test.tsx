/** Pages that a server has rendered, and hooks that suspend. */

import { dehydrate, HydrationBoundary, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, screen, waitFor } from '@testing-library/react';
import { StrictMode, Suspense } from 'react';
import { hydrateRoot } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import { expect, onTestFinished, test } from 'vitest';
import {
  Authenticated,
  AuthLoading,
  UsherProvider,
  useMessages,
  useSuspenseCurrentUser,
  useSuspenseMessages,
  useSuspenseSettings,
  useSuspenseThread,
  useSuspenseThreads,
  usherQueries,
} from '../../../src/react/index.js';
import { tokenOf } from '../../live/recorder.js';
import { createClerk, createClient, expectSilence, LOADING, signedIn, start } from './app.js';

function Page() {
  const user = useSuspenseCurrentUser();
  const threads = useSuspenseThreads();
  const thread = useSuspenseThread('t1');
  const messages = useSuspenseMessages('t1');
  const settings = useSuspenseSettings();
  return (
    <p>
      {[
        user.data.id,
        ...threads.data.map(({ title }) => title),
        thread.data.title,
        ...messages.data.map(({ content }) => content),
        settings.data.values.theme,
      ].join(' ')}
    </p>
  );
}

const app = (
  <>
    <Authenticated>
      <Suspense fallback="waiting">
        <Page />
      </Suspense>
    </Authenticated>
    <AuthLoading>loading</AuthLoading>
  </>
);

function createAda() {
  const client = createClient();
  const stored = client.api.addUser('ada');
  stored.threads.push({ id: 't1', title: 'Plans', created_at: 1, updated_at: 1 });
  stored.settings = { theme: 'dark' };
  client.api.addMessage('ada', 't1', { content: 'Hello' });
  return client;
}

test('hooks suspend until there is data', async () => {
  const client = createAda();
  const held = client.api.hold(/GET \/settings/);
  start(app, { client });
  const request = await held;
  await waitFor(() => expect(document.body.textContent).toBe('waiting'));
  await act(request.release);
  await waitFor(() => expect(screen.getByRole('paragraph').textContent).toBe('ada Plans Plans Hello dark'));
});

test('a page of a server is taken over without a read or a warning', async () => {
  expectSilence();
  const { api, sockets, usher } = createAda();
  const onServer = new QueryClient();
  const queries = usherQueries(usher, { ...signedIn('ada'), getToken: () => tokenOf('ada') });
  await Promise.all([
    onServer.prefetchQuery(queries.user()),
    onServer.prefetchInfiniteQuery(queries.threads()),
    onServer.prefetchQuery(queries.thread('t1')),
    onServer.prefetchInfiniteQuery(queries.messages('t1')),
    onServer.prefetchQuery(queries.settings()),
  ]);
  const state = JSON.parse(JSON.stringify(dehydrate(onServer)));
  const { useAuth } = createClerk(signedIn('ada'));
  const tree = (queryClient: QueryClient) => (
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <UsherProvider client={usher} useAuth={useAuth}>
          <HydrationBoundary state={state}>{app}</HydrationBoundary>
        </UsherProvider>
      </QueryClientProvider>
    </StrictMode>
  );
  const root = document.createElement('div');
  document.body.append(root);
  root.innerHTML = renderToString(tree(new QueryClient()));
  const html = root.textContent;
  const before = api.seen.length;
  const queryClient = new QueryClient();
  const page = await act(async () => hydrateRoot(root, tree(queryClient)));
  onTestFinished(() => act(() => page.unmount()));
  await waitFor(() => expect(sockets).toHaveLength(1));
  await waitFor(() => expect(screen.getByRole('paragraph').textContent).toBe('ada Plans Plans Hello dark'));
  expect(html).toContain('ada Plans Plans Hello dark');
  expect(api.seen.slice(before).map(({ path }) => path)).toEqual(['/users/me']);
  // Everything is read when changes are heard, not before.
  await waitFor(() => expect(api.seen.length).toBeGreaterThan(before + 5));
  await waitFor(() => expect(queryClient.isFetching()).toBe(0));
});

function Outside() {
  return useMessages('t1').status;
}

test('a mistake in the app is explained', () => {
  for (const [element, message] of [
    [<Page key="1" />, 'inside of <Authenticated>'],
    [<Outside key="2" />, 'pending'],
  ] as const) {
    const { useAuth } = createClerk(LOADING);
    const render = () =>
      renderToString(
        <UsherProvider client={createAda().usher} useAuth={useAuth}>
          {element}
        </UsherProvider>,
      );
    if (message === 'pending') expect(render()).toBe(message);
    else expect(render).toThrow(message);
  }
  expect(() => renderToString(<Outside />)).toThrow('no <UsherProvider>');
});
