/** Nothing of one user is ever shown to another. */

import { dehydrate, HydrationBoundary, keepPreviousData, QueryClient } from '@tanstack/react-query';
import {
  type PersistedClient,
  persistQueryClientRestore,
  persistQueryClientSave,
} from '@tanstack/react-query-persist-client';
import { act, screen, waitFor } from '@testing-library/react';
import { type ReactNode, useEffect, useState } from 'react';
import { expect, onTestFinished, test } from 'vitest';
import type { Usher } from '../../../src/index.js';
import { useCreateThread, useThreads, useUsher, useUsherAuth, usherQueries } from '../../../src/react/index.js';
import { tokenOf } from '../../live/recorder.js';
import { createClient, LOADING, NOBODY, signedIn, start } from './app.js';

/** Everything that the page has shown since it was last asked. */
function watchPage() {
  let seen: string[] = [];
  const observer = new MutationObserver(() => seen.push(document.body.textContent ?? ''));
  observer.observe(document.body, { subtree: true, childList: true, characterData: true });
  onTestFinished(() => observer.disconnect());
  return () => {
    const all = [...seen, document.body.textContent].join('\n');
    seen = [];
    return all;
  };
}

/** The client of the last render. */
let lastUsher: Usher | undefined;

/** An app that keeps all it can: without gates, with the rows of the query before, and with a copy of its own. */
function App() {
  const { status, user } = useUsherAuth();
  const { data } = useThreads();
  const { mutate } = useCreateThread();
  const usher = useUsher();
  useEffect(() => {
    lastUsher = usher;
  }, [usher]);
  const [copy, setCopy] = useState<string[]>([]);
  return (
    <>
      <p>
        {status} {user?.id}
      </p>
      <ul>
        {data?.map(({ key, title }) => (
          <li key={key}>{title}</li>
        ))}
      </ul>
      <button type="button" onClick={() => setCopy(data?.map(({ title }) => String(title)) ?? [])}>
        Copy
      </button>
      <button type="button" onClick={() => mutate({ title: 'Draft of Ada' })}>
        Create
      </button>
      <output>{copy}</output>
    </>
  );
}

const keeping = () => new QueryClient({ defaultOptions: { queries: { placeholderData: keepPreviousData } } });
const titles = () => screen.queryAllByRole('listitem').map(({ textContent }) => textContent);
const press = (name: string) => act(async () => screen.getByText(name).click());
const cached = (client: QueryClient) =>
  JSON.stringify([
    client.getQueriesData({}),
    client
      .getMutationCache()
      .getAll()
      .map(({ state }) => state.variables),
  ]);

/** Starts an app of Ada, and a stored Bob. */
function startAda(children: ReactNode = <App />, queryClient = keeping()) {
  const client = createClient();
  client.api.addUser('ada', 'Row of Ada');
  client.api.addUser('bob', 'Row of Bob');
  return start(children, { client, queryClient });
}

test('another user sees only rows of their own', async () => {
  const { clerk, queryClient } = startAda();
  await waitFor(() => expect(titles()).toEqual(['Row of Ada']));
  await press('Copy');
  const shown = watchPage();
  await act(async () => clerk.set(signedIn('bob')));
  await waitFor(() => expect(titles()).toEqual(['Row of Bob']));
  expect(shown()).not.toContain('of Ada');
  expect(cached(queryClient)).not.toContain('Ada');
});

test.each([
  ['nobody', NOBODY, 'signedOut'],
  ['Clerk loading', LOADING, 'loading'],
])('with %s, nothing is shown', async (_name, state, expected) => {
  const { clerk, queryClient } = startAda();
  await waitFor(() => expect(titles()).toEqual(['Row of Ada']));
  await press('Copy');
  const shown = watchPage();
  await act(async () => clerk.set(state));
  expect(screen.getByRole('paragraph').textContent?.trim()).toBe(expected);
  expect(shown()).not.toContain('of Ada');
  await act(async () => clerk.set(signedIn('bob')));
  await waitFor(() => expect(titles()).toEqual(['Row of Bob']));
  expect(shown()).not.toContain('of Ada');
  expect(cached(queryClient)).not.toContain('Ada');
});

test('an answer that comes late is not shown', async () => {
  const client = createClient();
  client.api.addUser('ada', 'Row of Ada');
  client.api.addUser('bob', 'Row of Bob');
  const held = client.api.hold(/GET \/threads$/);
  const { clerk, queryClient } = start(<App />, { client });
  const request = await held;
  const shown = watchPage();
  await act(async () => clerk.set(signedIn('bob')));
  await act(request.release);
  await waitFor(() => expect(titles()).toEqual(['Row of Bob']));
  expect(shown()).not.toContain('of Ada');
  expect(cached(queryClient)).not.toContain('Ada');
});

test.each(['release', 'refuse'] as const)('a row that waits for its answer is not shown: %s', async (how) => {
  const { api, clerk, queryClient } = startAda();
  await waitFor(() => expect(titles()).toEqual(['Row of Ada']));
  const held = api.hold(/POST/);
  await press('Create');
  expect(titles()).toEqual(['Draft of Ada', 'Row of Ada']);
  const request = await held;
  const shown = watchPage();
  await act(async () => clerk.set(signedIn('bob')));
  await waitFor(() => expect(titles()).toEqual(['Row of Bob']));
  await act(async () => (how === 'release' ? request.release() : request.refuse(422, 'invalid-field')));
  expect(titles()).toEqual(['Row of Bob']);
  expect(shown()).not.toContain('of Ada');
  expect(cached(queryClient)).not.toContain('Ada');
});

test('no request of a user is sent as another', async () => {
  const { api, clerk } = startAda();
  await waitFor(() => expect(titles()).toEqual(['Row of Ada']));
  const usherOfAda = lastUsher;
  await act(async () => clerk.set(signedIn('bob')));
  await waitFor(() => expect(titles()).toEqual(['Row of Bob']));
  await expect(usherOfAda?.threads.create({ title: 'Late' })).rejects.toThrow('is not signed in');
  // Clerk has changed, and React has not rendered yet.
  const held = api.hold(/GET \/threads$/);
  act(() => void lastUsher?.threads.list().catch(() => {}));
  (await held).refuse(503, 'unavailable');
  await act(async () => clerk.set(signedIn('ada')));
  await waitFor(() => expect(titles()).toEqual(['Row of Ada']));
  expect(api.usersOf(/POST/)).toEqual([]);
});

test('the socket of a user is closed, and its bells are not heard', async () => {
  const { api, clerk, sockets } = startAda();
  await waitFor(() => expect([titles(), sockets.length]).toEqual([['Row of Ada'], 1]));
  await act(async () => clerk.set(signedIn('bob')));
  await waitFor(() => expect([titles(), sockets.length]).toEqual([['Row of Bob'], 2]));
  expect(sockets.map(({ token, isOpen }) => [token, isOpen])).toEqual([
    [tokenOf('ada'), false],
    [tokenOf('bob'), true],
  ]);
  // Everything is read again after the connect.
  await waitFor(() => expect(api.usersOf(/users\/me/).filter((user) => user === 'bob').length).toBeGreaterThan(1));
  const before = api.seen.length;
  api.addThread('bob', 'Next of Bob');
  act(() => sockets[0]?.ring('all'));
  act(() => sockets[1]?.ring('threads'));
  await waitFor(() => expect(titles()).toEqual(['Next of Bob', 'Row of Bob']));
  expect(api.seen.slice(before)).toEqual([{ user: 'bob', method: 'GET', path: '/threads' }]);
});

test('rows from a storage are shown only to their user', async () => {
  let storage: PersistedClient | undefined;
  const persister = {
    persistClient: (client: PersistedClient) => {
      storage = JSON.parse(JSON.stringify(client));
    },
    restoreClient: () => storage,
    removeClient: () => {},
  };
  const { queryClient, unmount } = startAda();
  await waitFor(() => expect(titles()).toEqual(['Row of Ada']));
  await persistQueryClientSave({ queryClient: queryClient as never, persister });
  unmount();
  expect(JSON.stringify(storage)).toContain('Row of Ada');

  const client = createClient();
  client.api.addUser('bob', 'Row of Bob');
  const shown = watchPage();
  const next = start(<App />, { client, queryClient: keeping(), state: signedIn('bob') });
  await act(async () => persistQueryClientRestore({ queryClient: next.queryClient as never, persister }));
  await waitFor(() => expect(titles()).toEqual(['Row of Bob']));
  expect(shown()).not.toContain('of Ada');
  expect(cached(next.queryClient)).not.toContain('Ada');
});

test('the state of a server is shown only to its user', async () => {
  const client = createClient();
  client.api.addUser('ada', 'Row of Ada');
  client.api.addUser('bob', 'Row of Bob');
  const onServer = new QueryClient();
  const session = { ...signedIn('ada'), getToken: () => tokenOf('ada') };
  await onServer.prefetchInfiniteQuery(usherQueries(client.usher, session).threads());
  const state = JSON.parse(JSON.stringify(dehydrate(onServer)));
  expect(JSON.stringify(state)).toContain('Row of Ada');
  const shown = watchPage();
  const { queryClient } = start(
    <HydrationBoundary state={state}>
      <App />
    </HydrationBoundary>,
    { client, queryClient: keeping(), state: signedIn('bob') },
  );
  await waitFor(() => expect(titles()).toEqual(['Row of Bob']));
  expect(shown()).not.toContain('of Ada');
  expect(cached(queryClient)).not.toContain('Ada');
});

test('another organization or role has data of its own', async () => {
  const { api, clerk } = startAda();
  await waitFor(() => expect(titles()).toEqual(['Row of Ada']));
  for (const [orgId, orgRole] of [
    ['org_1', 'org:member'],
    ['org_1', 'org:admin'],
    ['org_2', 'org:admin'],
    [null, null],
  ]) {
    const held = api.hold(/GET \/threads$/);
    await act(async () => clerk.set({ ...signedIn('ada'), orgId: orgId ?? null, orgRole: orgRole ?? null }));
    const request = await held;
    expect(titles()).toEqual([]);
    await act(request.release);
    await waitFor(() => expect(titles()).toEqual(['Row of Ada']));
  }
});

test('the getToken of the last render is asked', async () => {
  const client = createClient();
  client.api.addUser('ada', 'Row of Ada');
  client.api.addUser('bob', 'Row of Bob');
  const { clerk } = start(<App />, { client, isBound: true });
  await waitFor(() => expect(titles()).toEqual(['Row of Ada']));
  await act(async () => clerk.set(signedIn('bob')));
  await waitFor(() => expect(titles()).toEqual(['Row of Bob']));
});

test('a new getToken changes nothing', async () => {
  const { api, clerk, sockets } = startAda();
  await waitFor(() => expect([titles(), sockets.length]).toEqual([['Row of Ada'], 1]));
  await press('Copy');
  const item = screen.getByRole('listitem');
  await waitFor(() => expect(api.usersOf(/threads/).length).toBeGreaterThan(1));
  const before = api.seen.length;
  for (let round = 0; round < 3; round++) await act(async () => clerk.set(signedIn('ada')));
  expect(screen.getByRole('listitem')).toBe(item);
  expect(screen.getByRole('status').textContent).toBe('Row of Ada');
  expect([api.seen.length, sockets.length]).toEqual([before, 1]);
});
