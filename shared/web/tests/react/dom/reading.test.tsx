/** What is shown, and what is read again when it changes. */

import { QueryClient, useQuery, useQueryClient } from '@tanstack/react-query';
import { act, cleanup, render, screen, waitFor } from '@testing-library/react';
import { expect, onTestFinished, test } from 'vitest';
import {
  Authenticated,
  UsherProvider,
  useCreateThread,
  useLiveStatus,
  useLoginStatus,
  useMessages,
  useThread,
  useThreads,
  useUserCard,
  useUsher,
  useUsherAuth,
  useUsherQueries,
} from '../../../src/react/index.js';
import { createClerk, createClient, expectSilence, signedIn, start } from './app.js';

function Titles() {
  const { data } = useThreads();
  return <p>{data?.map(({ title }) => title).join(' ')}</p>;
}

function Contents({ threadId }: { threadId: string }) {
  const { data } = useMessages(threadId);
  return <p>{data?.map(({ content }) => content).join(' ')}</p>;
}

const shown = () => screen.getByRole('paragraph').textContent;

/** Starts the stand-ins with a user who has threads. */
function createAda(...titles: string[]) {
  const client = createClient();
  return { ...client, stored: client.api.addUser('ada', ...titles) };
}

test('a list is shown and follows its bells', async () => {
  const { api, sockets } = start(<Titles />, { client: createAda('One', 'Two') });
  await waitFor(() => expect(shown()).toBe('Two One'));
  await waitFor(() => expect(sockets).toHaveLength(1));
  api.addThread('ada', 'Three');
  act(() => sockets[0]?.ring('threads'));
  await waitFor(() => expect(shown()).toBe('Three Two One'));
});

test('a bell reads what it names, and nothing else', async () => {
  const client = createAda('One');
  const id = client.stored.threads[0]?.id ?? '';
  function All() {
    useThreads();
    useThread(id);
    useUserCard('bob');
    return <Contents threadId={id} />;
  }
  const { api, sockets, queryClient } = start(<All />, { client });
  await waitFor(() => expect(sockets).toHaveLength(1));
  await waitFor(() => expect(api.usersOf(/users\/me/).length).toBeGreaterThan(1));
  const paths = async (...keys: Parameters<(typeof sockets)[0]['ring']>) => {
    await waitFor(() => expect(queryClient.isFetching()).toBe(0));
    api.seen.length = 0;
    act(() => sockets[0]?.ring(...keys));
    await waitFor(() => expect(api.seen).not.toEqual([]));
    return api.seen.map(({ path }) => path).sort();
  };
  expect(await paths('threads')).toEqual(['/threads']);
  expect(await paths(`threads/${id}`)).toEqual([`/threads/${id}`]);
  expect(await paths(`threads/${id}/messages`)).toEqual([`/threads/${id}/messages`]);
  expect(await paths('user')).toEqual(['/users/bob', '/users/me']);
  const all = ['/threads', `/threads/${id}`, `/threads/${id}/messages`, '/users/bob', '/users/me'];
  expect(await paths('all')).toEqual(all);
  expect(await paths('a key of the future' as 'all')).toEqual(all);
});

test('a change during the first read is not missed', async () => {
  const client = createAda('One');
  const held = client.api.hold(/GET \/threads$/);
  const { api, sockets } = start(<Titles />, { client });
  const request = await held;
  await waitFor(() => expect(api.usersOf(/users\/me/).length).toBeGreaterThan(1));
  // The answer was made before the change, and arrives after its bell.
  const early = Response.json({ items: [...client.stored.threads], next_cursor: null });
  api.addThread('ada', 'Two');
  const user = client.api.hold(/users\/me/);
  act(() => sockets[0]?.ring('threads', 'user'));
  await act((await user).release);
  await act(async () => request.answer(early));
  await waitFor(() => expect(shown()).toBe('Two One'));
});

test('what is not shown is read when it is shown next', async () => {
  const client = createAda('One');
  const { api, sockets, rerenderApp, queryClient } = start(<Titles />, { client });
  await waitFor(() => expect(shown()).toBe('One'));
  await waitFor(() => expect(api.usersOf(/threads/).length).toBeGreaterThan(1));
  await waitFor(() => expect(queryClient.isFetching()).toBe(0));
  rerenderApp(null);
  rerenderApp(<Titles />);
  expect([shown(), queryClient.isFetching()]).toEqual(['One', 0]);
  rerenderApp(null);
  api.addThread('ada', 'Two');
  const before = api.usersOf(/threads/).length;
  const user = api.hold(/users\/me/);
  act(() => sockets[0]?.ring('threads', 'user'));
  await act((await user).release);
  expect(api.usersOf(/threads/)).toHaveLength(before);
  rerenderApp(<Titles />);
  await waitFor(() => expect(shown()).toBe('Two One'));
});

test('an account that was deleted while the device was offline is noticed', async () => {
  const client = createAda('One');
  function State() {
    return `${useUsherAuth().status} ${useLiveStatus().state}`;
  }
  const { container, sockets, stored } = { ...start(<State />, { client }), stored: client.stored };
  await waitFor(() => expect(container.textContent).toBe('signedIn open'));
  stored.refusal = { status: 401, code: 'user-deleted' };
  // The API accepts no connection of the user any more.
  client.hellos.areAccepted = false;
  act(() => sockets[0]?.onclose?.({}));
  await waitFor(() => expect(container.textContent).toMatch(/^deleted/));
});

test('the status of live updates is told', async () => {
  function State() {
    return useLiveStatus().state;
  }
  const { container, sockets } = start(<State />, { client: createAda() });
  expect(container.textContent).toBe('closed');
  await waitFor(() => expect(container.textContent).toBe('open'));
  act(() => sockets[0]?.onclose?.({}));
  expect(container.textContent).toBe('connecting');
  await waitFor(() => expect(container.textContent).toBe('open'));
});

test('queries can be used without their hooks', async () => {
  const client = createAda('One');
  const id = client.stored.threads[0]?.id ?? '';
  function Own() {
    const queries = useUsherQueries();
    const usher = useUsher();
    const queryClient = useQueryClient();
    const notes = useQuery({
      queryKey: queries.key('notes'),
      queryFn: async () => (await usher.request<{ values: number }>('GET', '/settings')).body.values,
    });
    const status = useLoginStatus();
    return (
      <>
        <p>{`${notes.data} ${status.data?.status}`}</p>
        <button
          type="button"
          onClick={async () => {
            const thread = await queryClient.ensureQueryData(queries.thread(id));
            queryClient.setQueryData(queries.thread(id).queryKey, { ...thread, title: 'Two' });
          }}
        >
          Load
        </button>
        <output>
          <Title />
        </output>
      </>
    );
  }
  function Title() {
    return useThread(id).data?.title;
  }
  client.stored.settings = { values: 1 };
  const { sockets, queryClient } = start(
    <Authenticated>
      <Own />
    </Authenticated>,
    { client },
  );
  await waitFor(() => expect(shown()).toBe('1 signed_in'));
  await waitFor(() => expect(sockets).toHaveLength(1));
  await waitFor(() => expect(queryClient.isFetching()).toBe(0));
  client.stored.settings = { values: 2 };
  act(() => sockets[0]?.ring('all'));
  await waitFor(() => expect(shown()).toBe('2 signed_in'));
  await waitFor(() => expect(queryClient.isFetching()).toBe(0));
  await act(async () => screen.getByText('Load').click());
  await waitFor(() => expect(screen.getByRole('status').textContent).toBe('Two'));
});

test("an app's own defaults repeat no request", async () => {
  const client = createAda('One');
  const queryClient = new QueryClient({
    defaultOptions: { queries: { retry: 3, retryDelay: 0 }, mutations: { retry: 3, retryDelay: 0 } },
  });
  function App() {
    const { mutate, status } = useCreateThread();
    const thread = useThread('unknown');
    return (
      <button type="button" onClick={() => mutate(undefined)}>
        {`${useUsherAuth().status} ${thread.status} ${status}`}
      </button>
    );
  }
  const { api, sockets } = start(<App />, { client, queryClient });
  await waitFor(() => expect(sockets).toHaveLength(1));
  await waitFor(() => expect(api.usersOf(/users\/me/).length).toBeGreaterThan(1));
  const shown = () => screen.getByRole('button').textContent;
  await waitFor(() => expect(shown()).toBe('signedIn error idle'));
  await waitFor(() => expect(queryClient.isFetching()).toBe(0));
  api.seen.length = 0;
  client.stored.refusal = { status: 403, code: 'user-banned' };
  act(() => screen.getByRole('button').click());
  await waitFor(() => expect(shown()).toBe('signedIn error error'));
  act(() => sockets[0]?.ring('user', 'threads/unknown'));
  await waitFor(() => expect(shown()).toBe('banned pending error'));
  expect(api.seen.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([
    'GET /threads/unknown',
    'GET /users/me',
    'POST /threads',
  ]);
});

test('an app without a QueryClient gets one', async () => {
  expectSilence();
  const { usher } = createAda('One');
  const { useAuth } = createClerk(signedIn('ada'));
  render(
    <UsherProvider client={usher} useAuth={useAuth}>
      <Titles />
    </UsherProvider>,
  );
  onTestFinished(cleanup);
  await waitFor(() => expect(shown()).toBe('One'));
});
