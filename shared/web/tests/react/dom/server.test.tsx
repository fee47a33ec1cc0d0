/** Pages that a server has rendered, and hooks that suspend. */

import { Writable } from 'node:stream';
import { dehydrate, HydrationBoundary, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, screen, waitFor } from '@testing-library/react';
import { lazy, type ReactNode, StrictMode, Suspense } from 'react';
import { hydrateRoot } from 'react-dom/client';
import { renderToPipeableStream, renderToString } from 'react-dom/server';
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

/** Returns a function that returns an app with the state of a server, and the stand-ins. */
async function prefetch() {
  const client = createAda();
  const onServer = new QueryClient();
  const queries = usherQueries(client.usher, { ...signedIn('ada'), getToken: () => tokenOf('ada') });
  await Promise.all([
    onServer.prefetchQuery(queries.user()),
    onServer.prefetchInfiniteQuery(queries.threads()),
    onServer.prefetchQuery(queries.thread('t1')),
    onServer.prefetchInfiniteQuery(queries.messages('t1')),
    onServer.prefetchQuery(queries.settings()),
  ]);
  const state = JSON.parse(JSON.stringify(dehydrate(onServer)));
  const { useAuth } = createClerk(signedIn('ada'));
  // The page of a framework arrives in pieces.
  const Page = lazy(async () => ({
    default: () => <HydrationBoundary state={state}>{app}</HydrationBoundary>,
  }));
  const tree = (queryClient: QueryClient) => (
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <UsherProvider client={client.usher} useAuth={useAuth}>
          <Page />
        </UsherProvider>
      </QueryClientProvider>
    </StrictMode>
  );
  return { ...client, tree };
}

/** Returns the HTML of an app as a server sends it. */
function renderOnServer(element: ReactNode): Promise<string> {
  return new Promise((resolve, reject) => {
    let html = '';
    const output = new Writable({
      write(chunk, _encoding, done) {
        html += chunk;
        done();
      },
      final(done) {
        resolve(html);
        done();
      },
    });
    const { pipe } = renderToPipeableStream(element, { onAllReady: () => pipe(output), onError: reject });
  });
}

test('a page of a server is taken over without a read or a warning', async () => {
  expectSilence();
  const { api, sockets, hellos, tree } = await prefetch();
  hellos.areAccepted = false;
  const root = document.createElement('div');
  document.body.append(root);
  root.innerHTML = await renderOnServer(tree(new QueryClient()));
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
  act(() => sockets[0]?.ready());
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
