/** Who is signed in, as the API says. */

import { QueryClient } from '@tanstack/react-query';
import { act, screen, waitFor } from '@testing-library/react';
import { expect, test, vi } from 'vitest';
import {
  Authenticated,
  AuthLoading,
  Unauthenticated,
  useDeleteCurrentUser,
  useThreads,
  useUsherAuth,
  usherQueries,
} from '../../../src/react/index.js';
import { createClient, LOADING, NOBODY, signedIn, start } from './app.js';

/** Shows the state and the gate that is open, and the titles that a component outside of the gates gets. */
function App() {
  const { status, user, error } = useUsherAuth();
  const { data } = useThreads();
  const { mutate } = useDeleteCurrentUser();
  return (
    <>
      <p>
        {status} {user?.id} {error && 'code' in error ? String(error.code) : ''}
      </p>
      <Authenticated>open: Authenticated</Authenticated>
      <Unauthenticated>open: Unauthenticated</Unauthenticated>
      <AuthLoading>open: AuthLoading</AuthLoading>
      <ul>
        {data?.map(({ key, title }) => (
          <li key={key}>{title}</li>
        ))}
      </ul>
      <button type="button" onClick={() => mutate()}>
        Delete
      </button>
    </>
  );
}

const state = () => screen.getByRole('paragraph').textContent?.trim();
const gate = () => document.body.textContent?.match(/open: (\w+?)(?=Delete|One|$)/)?.[1];
const titles = () => screen.queryAllByRole('listitem').map(({ textContent }) => textContent);

test('a user is signed in when the API has answered, not before', async () => {
  const client = createClient();
  client.api.addUser('ada', 'One');
  const held = client.api.hold(/GET \/users\/me$/);
  const { clerk } = start(<App />, { client, state: LOADING });
  expect([state(), gate()]).toEqual(['loading', 'AuthLoading']);
  await act(async () => clerk.set(signedIn('ada')));
  const request = await held;
  expect([state(), gate()]).toEqual(['loading', 'AuthLoading']);
  expect(client.api.usersOf(/threads/)).toEqual([]);
  await act(request.release);
  await waitFor(() => expect([state(), gate(), titles()]).toEqual(['signedIn ada', 'Authenticated', ['One']]));
});

test('nobody is signed in without a request', async () => {
  const { api } = start(<App />, { state: NOBODY });
  expect([state(), gate()]).toEqual(['signedOut', 'Unauthenticated']);
  expect(api.seen).toEqual([]);
});

test('a user whose webhook is late is waited for', async () => {
  const client = createClient();
  start(<App />, { client });
  await waitFor(() => expect([state(), gate()]).toEqual(['notSynced  user-not-synced', 'AuthLoading']));
  await vi.waitFor(() => expect(client.api.seen.length).toBeGreaterThan(2), { timeout: 10_000 });
  client.api.addUser('ada', 'One');
  await waitFor(() => expect([state(), titles()]).toEqual(['signedIn ada', ['One']]), { timeout: 10_000 });
});

test.each([
  ['user-deleted', 401, 'deleted'],
  ['user-banned', 403, 'banned'],
  ['invalid-token', 401, 'signedOut'],
])('a user who is refused with %s shows nothing', async (code, status, expected) => {
  const client = createClient();
  const stored = client.api.addUser('ada', 'One');
  const { sockets, queryClient } = start(<App />, { client });
  await waitFor(() => expect(titles()).toEqual(['One']));
  stored.refusal = { status, code };
  act(() => sockets[0]?.ring('user'));
  await waitFor(() => expect(state()).toBe(`${expected}  ${code}`));
  expect(titles()).toEqual([]);
  expect(gate()).toBe(expected === 'signedOut' ? 'Unauthenticated' : undefined);
  await waitFor(() => expect(JSON.stringify(queryClient.getQueriesData({}))).not.toContain('One'));
  expect(sockets.at(-1)?.isOpen).toBe(false);
});

test.each([
  ['user-deleted', 'deleted'],
  ['user-banned', 'banned'],
  ['session-ended', 'signedOut'],
] as const)('a socket that is closed by %s shows nothing', async (reason, expected) => {
  const client = createClient();
  client.api.addUser('ada', 'One');
  const { sockets } = start(<App />, { client });
  await waitFor(() => expect([titles(), sockets.length]).toEqual([['One'], 1]));
  act(() => sockets[0]?.stop(reason));
  await waitFor(() => expect(state()).toBe(expected));
  expect(titles()).toEqual([]);
});

test('an account that is deleted here shows nothing', async () => {
  const client = createClient();
  client.api.addUser('ada', 'One');
  start(<App />, { client });
  await waitFor(() => expect(titles()).toEqual(['One']));
  act(() => screen.getByText('Delete').click());
  await waitFor(() => expect(state()).toBe('deleted  user-deleted'));
  expect(titles()).toEqual([]);
});

test('an API that does not answer is asked again', async () => {
  const client = createClient();
  const stored = client.api.addUser('ada', 'One');
  stored.refusal = { status: 503, code: 'unavailable', retryAfter: 0 };
  start(<App />, { client });
  await waitFor(() => expect([state(), gate()]).toEqual(['loading  unavailable', 'AuthLoading']));
  stored.refusal = undefined;
  await waitFor(() => expect(state()).toBe('signedIn ada'), { timeout: 10_000 });
});

test('a failure after that is no sign-out', async () => {
  const client = createClient();
  const stored = client.api.addUser('ada', 'One');
  const { sockets } = start(<App />, { client });
  await waitFor(() => expect(titles()).toEqual(['One']));
  stored.refusal = { status: 500, code: 'internal' };
  const before = client.api.seen.length;
  act(() => sockets[0]?.ring('user'));
  await waitFor(() => expect(client.api.seen.length).toBeGreaterThan(before));
  expect([state(), titles()]).toEqual(['signedIn ada', ['One']]);
});

test('a page asks again when it is looked at, unless the account is gone', async () => {
  const client = createClient();
  const stored = client.api.addUser('ada', 'One');
  stored.refusal = { status: 401, code: 'invalid-token' };
  start(<App />, { client });
  const look = () => act(async () => void document.dispatchEvent(new Event('visibilitychange', { bubbles: true })));
  await waitFor(() => expect(state()).toBe('signedOut  invalid-token'));
  stored.refusal = undefined;
  await look();
  await waitFor(() => expect(titles()).toEqual(['One']));
  act(() => screen.getByText('Delete').click());
  await waitFor(() => expect(state()).toBe('deleted  user-deleted'));
  const before = client.api.seen.length;
  await look();
  expect(state()).toBe('deleted  user-deleted');
  expect(client.api.seen).toHaveLength(before);
});

test('an answer from a storage is checked', async () => {
  const client = createClient();
  const queryClient = new QueryClient();
  const queries = usherQueries(client.usher, { ...signedIn('ada'), getToken: () => null });
  queryClient.setQueryData(queries.user().queryKey, { id: 'ada' });
  client.api.addUser('ada').refusal = { status: 401, code: 'user-deleted' };
  start(<App />, { client, queryClient });
  await waitFor(() => expect(state()).toBe('deleted  user-deleted'));
});
