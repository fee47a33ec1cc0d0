/** A search while one types. */

import { act, screen, waitFor } from '@testing-library/react';
import { expect, test } from 'vitest';
import { useSearch } from '../../../src/react/index.js';
import { createClient, start } from './app.js';

function Hits({ q }: { q: string }) {
  const { data, isPlaceholderData } = useSearch({ q });
  const titles = data?.map(({ thread }) => thread.title).join(' ');
  return <p>{`${titles}${isPlaceholderData ? ' (old)' : ''}`}</p>;
}

const shown = () => screen.getByRole('paragraph').textContent;

/** Starts the stand-ins with a user who has threads, and shows a search. */
function search(q: string, ...titles: string[]) {
  const client = createClient();
  const stored = client.api.addUser('ada', ...titles);
  return { ...start(<Hits q={q} />, { client }), stored };
}

test('the hits before stay until those of the new text are there', async () => {
  const { api, rerenderApp } = search('one', 'One', 'Two');
  await waitFor(() => expect(shown()).toBe('One'));
  const held = api.hold(/GET \/search/);
  rerenderApp(<Hits q="two" />);
  const request = await held;
  expect(shown()).toBe('One (old)');
  await act(() => request.release());
  await waitFor(() => expect(shown()).toBe('Two'));
});

test('the answer to a text that was typed on changes nothing', async () => {
  const { api, rerenderApp } = search('one', 'One', 'Two');
  await waitFor(() => expect(shown()).toBe('One'));
  const held = api.hold(/GET \/search/);
  rerenderApp(<Hits q="t" />);
  const request = await held;
  rerenderApp(<Hits q="two" />);
  await waitFor(() => expect(shown()).toBe('Two'));
  await act(() => request.release());
  expect(shown()).toBe('Two');
  expect(request.isAborted()).toBe(true);
});

test('nothing is searched for a blank text', async () => {
  const { api, rerenderApp, queryClient } = search(' ', 'One');
  await waitFor(() => expect(api.usersOf(/users\/me/)).not.toEqual([]));
  rerenderApp(<Hits q="one" />);
  await waitFor(() => expect(shown()).toBe('One'));
  rerenderApp(<Hits q="" />);
  expect(shown()).toBe('undefined');
  expect(queryClient.isFetching()).toBe(0);
  expect(api.usersOf(/search/)).toEqual(['ada']);
});

test('a search is repeated when it is shown again, and not by bells', async () => {
  const { api, rerenderApp, sockets, queryClient } = search('one', 'One', 'Two');
  await waitFor(() => expect(shown()).toBe('One'));
  await waitFor(() => expect(sockets).toHaveLength(1));
  await waitFor(() => expect(queryClient.isFetching()).toBe(0));
  api.seen.length = 0;
  api.addThread('ada', 'One more');
  act(() => sockets[0]?.ring('threads'));
  rerenderApp(<Hits q="two" />);
  await waitFor(() => expect(shown()).toBe('Two'));
  expect(api.usersOf(/search/)).toHaveLength(1);
  rerenderApp(<Hits q="one" />);
  await waitFor(() => expect(shown()).toBe('One more One'));
});

test('nothing is shown to a user whose account is deleted', async () => {
  const { sockets, stored } = search('one', 'One');
  await waitFor(() => expect(shown()).toBe('One'));
  await waitFor(() => expect(sockets).toHaveLength(1));
  stored.refusal = { status: 401, code: 'user-deleted' };
  act(() => sockets[0]?.ring('user'));
  await waitFor(() => expect(shown()).toBe('undefined'));
});
