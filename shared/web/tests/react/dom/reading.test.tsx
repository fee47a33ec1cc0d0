/** What is shown, and what is read again when it changes. */

import { act, screen, waitFor } from '@testing-library/react';
import { expect, test } from 'vitest';
import { Authenticated, AuthLoading, Unauthenticated, useThreads } from '../../../src/react/index.js';
import { createClient, start } from './app.js';

/** Shows the titles of the threads. */
function Titles() {
  const { data } = useThreads();
  return (
    <ul>
      {data?.map(({ key, title }) => (
        <li key={key}>{title} </li>
      ))}
    </ul>
  );
}

const app = (
  <>
    <Authenticated>
      <Titles />
    </Authenticated>
    <Unauthenticated>nobody</Unauthenticated>
    <AuthLoading>loading</AuthLoading>
  </>
);

const shown = () => screen.getByRole('list').textContent?.trim();

test('a list is shown and follows its bells', async () => {
  const client = createClient();
  client.api.addUser('ada', 'One', 'Two');
  const { api, sockets } = start(app, { client });
  expect(screen.getByText('loading')).toBeTruthy();
  await waitFor(() => expect(shown()).toBe('Two One'));
  await waitFor(() => expect(sockets).toHaveLength(1));
  api.addThread('ada', 'Three');
  act(() => sockets[0]?.ring('threads'));
  await waitFor(() => expect(shown()).toBe('Three Two One'));
});
