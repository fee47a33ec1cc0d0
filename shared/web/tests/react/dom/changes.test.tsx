/** Changes are shown at once, and replaced or taken back without a flicker. */

import { act, screen, waitFor } from '@testing-library/react';
import { useEffect } from 'react';
import { expect, onTestFinished, test } from 'vitest';
import {
  type Row,
  useCreateExchange,
  useCreateMessage,
  useCreateThread,
  useDeleteThread,
  useMessages,
  useSettings,
  useThread,
  useThreads,
  useUpdateSettings,
  useUpdateThread,
} from '../../../src/react/index.js';
import { createClient, start } from './app.js';

type Actions = ReturnType<typeof useActions>;

function useActions() {
  return {
    create: useCreateThread(),
    update: useUpdateThread(),
    remove: useDeleteThread(),
    say: useCreateMessage('t1'),
    exchange: useCreateExchange('t1'),
    set: useUpdateSettings(),
  };
}

/** The mutations of the last render. */
let actions: Actions;

function Item({ row, text }: { row: Pick<Row<object>, 'isPending'>; text: unknown }) {
  return <li>{`${row.isPending ? '…' : ''}${text}`}</li>;
}

function App() {
  const current = useActions();
  useEffect(() => {
    actions = current;
  });
  const threads = useThreads();
  const thread = useThread('t1');
  const messages = useMessages('t1', { limit: 2 });
  const settings = useSettings();
  return (
    <>
      <ul aria-label="threads">
        {threads.data?.map((row) => (
          <Item key={row.key} row={row} text={row.title} />
        ))}
      </ul>
      <ul aria-label="thread">{thread.data && <Item row={thread.data} text={thread.data.title} />}</ul>
      <ul aria-label="messages">
        {messages.data?.map((row) => (
          <Item key={row.key} row={row} text={`${row.role}: ${row.content}`} />
        ))}
      </ul>
      <ul aria-label="settings">
        {settings.data && <Item row={settings.data} text={JSON.stringify(settings.data.values)} />}
      </ul>
      <button type="button" onClick={() => messages.fetchNextPage()} disabled={!messages.hasNextPage}>
        More
      </button>
    </>
  );
}

const list = (name: string) => [...screen.getByLabelText(name).children].map(({ textContent }) => textContent);

/** Starts an app with the thread `t1` and these messages in it. */
async function startAda(...contents: string[]) {
  const client = createClient();
  const stored = client.api.addUser('ada');
  stored.threads.push({ id: 't1', title: 'Plans', created_at: 1, updated_at: 1 });
  stored.settings = { theme: 'dark', sound: { on: true, level: 3 } };
  for (const content of contents) client.api.addMessage('ada', 't1', { content });
  const app = start(<App />, { client });
  await waitFor(() => expect(list('threads')).toEqual(['Plans']));
  await waitFor(() => expect(list('settings')).toHaveLength(1));
  await waitFor(() => expect(client.sockets).toHaveLength(1));
  // Everything is read again after the connect.
  await waitFor(() => expect(client.api.usersOf(/users\/me/).length).toBeGreaterThan(1));
  await waitFor(() => expect(app.queryClient.isFetching()).toBe(0));
  return { ...app, stored };
}

/** Returns every different text that a list has shown from now on. */
function watch(name: string) {
  const seen: (string | null)[][] = [list(name)];
  const observer = new MutationObserver(() => {
    const now = list(name);
    if (String(now) !== String(seen.at(-1))) seen.push(now);
  });
  observer.observe(document.body, { subtree: true, childList: true, characterData: true });
  onTestFinished(() => observer.disconnect());
  return seen;
}

const settled = (app: { queryClient: { isFetching(): number; isMutating(): number } }) =>
  waitFor(() => expect([app.queryClient.isFetching(), app.queryClient.isMutating()]).toEqual([0, 0]));

test('a message is shown at once, and stays in its place', async () => {
  const app = await startAda('Hello');
  const held = app.api.hold(/POST/);
  const seen = watch('messages');
  act(() => actions.say.mutate({ content: 'Engines' }));
  await waitFor(() => expect(list('messages')).toEqual(['user: Hello', '…user: Engines']));
  const element = screen.getByLabelText('messages').lastElementChild;
  await act((await held).release);
  await settled(app);
  expect(seen).toEqual([['user: Hello'], ['user: Hello', '…user: Engines'], ['user: Hello', 'user: Engines']]);
  expect(screen.getByLabelText('messages').lastElementChild).toBe(element);
});

test('a message whose bell comes before its answer is shown once', async () => {
  const app = await startAda('Hello');
  const held = app.api.hold(/POST/);
  const seen = watch('messages');
  act(() => actions.say.mutate({ content: 'Engines' }));
  const request = await held;
  const element = await waitFor(() => {
    expect(list('messages')).toHaveLength(2);
    return screen.getByLabelText('messages').lastElementChild;
  });
  // The API has stored it, and its answer is slow.
  const stored = app.api.addMessage('ada', 't1', { content: 'Engines' });
  act(() => app.sockets[0]?.ring('threads/t1/messages'));
  await waitFor(() => expect(seen.at(-1)).toEqual(['user: Hello', 'user: Engines']));
  request.answer(Response.json(stored, { status: 201 }));
  await settled(app);
  expect(seen).toEqual([['user: Hello'], ['user: Hello', '…user: Engines'], ['user: Hello', 'user: Engines']]);
  expect(screen.getByLabelText('messages').lastElementChild).toBe(element);
});

test('two messages of the same text are two', async () => {
  const app = await startAda('Hello');
  const [first, second] = [app.api.hold(/POST/), app.api.hold(/POST/)];
  act(() => {
    actions.say.mutate({ content: 'Hello' });
    actions.say.mutate({ content: 'Hello' });
  });
  await waitFor(() => expect(list('messages')).toEqual(['user: Hello', '…user: Hello', '…user: Hello']));
  const seen = watch('messages');
  await act((await first).release);
  await second;
  await waitFor(() => expect(app.queryClient.isFetching()).toBe(0));
  await act((await second).release);
  await settled(app);
  expect(seen).toEqual([
    ['user: Hello', '…user: Hello', '…user: Hello'],
    ['user: Hello', 'user: Hello', '…user: Hello'],
    ['user: Hello', 'user: Hello', 'user: Hello'],
  ]);
});

test('messages are sent in the order of the calls', async () => {
  const app = await startAda();
  const held = app.api.hold(/POST/);
  act(() => {
    for (const content of ['a', 'b', 'c']) actions.say.mutate({ content });
  });
  await waitFor(() => expect(list('messages')).toEqual(['…user: a', '…user: b', '…user: c']));
  await act((await held).release);
  await settled(app);
  expect(list('messages')).toEqual(['user: a', 'user: b', 'user: c']);
});

test('a refused message is taken back', async () => {
  const app = await startAda('Hello');
  const held = app.api.hold(/POST/);
  const seen = watch('messages');
  act(() => actions.say.mutate({ content: '' }));
  const request = await held;
  await waitFor(() => expect(list('messages')).toHaveLength(2));
  act(() => request.refuse(422, 'invalid-field'));
  await settled(app);
  expect(seen).toEqual([['user: Hello'], ['user: Hello', '…user: '], ['user: Hello']]);
  expect(actions.say.error).toMatchObject({ code: 'invalid-field' });
});

test('a read that began before is no reason to flicker', async () => {
  const app = await startAda('Hello');
  const read = app.api.hold(/GET \/threads\/t1\/messages/);
  act(() => app.sockets[0]?.ring('threads/t1/messages'));
  const slow = await read;
  const held = app.api.hold(/POST/);
  const seen = watch('messages');
  act(() => actions.say.mutate({ content: 'Engines' }));
  const request = await held;
  await act(slow.release);
  await act(request.release);
  await settled(app);
  expect(seen).toEqual([['user: Hello'], ['user: Hello', '…user: Engines'], ['user: Hello', 'user: Engines']]);
});

test('an exchange is shown at once', async () => {
  const app = await startAda();
  const held = app.api.hold(/POST/);
  const seen = watch('messages');
  act(() => actions.exchange.mutate({ user: { content: 'Why?' }, assistant: { content: 'So.' } }));
  await act((await held).release);
  await settled(app);
  expect(seen).toEqual([[], ['…user: Why?', '…assistant: So.'], ['user: Why?', 'assistant: So.']]);
});

test('a list that was complete stays complete', async () => {
  const app = await startAda('a', 'b');
  const seen = watch('messages');
  for (const content of ['c', 'd', 'e', 'f', 'g'])
    await act(async () => void (await actions.say.mutateAsync({ content })));
  await settled(app);
  expect(list('messages')).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((content) => `user: ${content}`));
  const counts = seen.map(({ length }) => length);
  expect(counts).toEqual([...counts].sort());
});

test('a new message is not shown before the end is', async () => {
  const app = await startAda('a', 'b', 'c');
  const seen = watch('messages');
  await act(async () => void (await actions.say.mutateAsync({ content: 'd' })));
  await settled(app);
  expect(seen).toEqual([['user: a', 'user: b']]);
  await act(async () => screen.getByText('More').click());
  await waitFor(() => expect(list('messages')).toEqual(['user: a', 'user: b', 'user: c', 'user: d']));
});

test('a page that is read during a change does not hide it', async () => {
  const app = await startAda('a', 'b', 'c');
  const held = app.api.hold(/GET \/threads\/t1\/messages/);
  app.stored.messages.set(
    't1',
    (app.stored.messages.get('t1') ?? []).map((row) => ({ ...row, content: row.content.toUpperCase() })),
  );
  act(() => app.sockets[0]?.ring('threads/t1/messages'));
  await held;
  await act(async () => screen.getByText('More').click());
  await waitFor(() => expect(list('messages')).toEqual(['user: A', 'user: B', 'user: C']));
});

test('a thread is created, renamed and deleted at once', async () => {
  const app = await startAda();
  const seen = watch('threads');
  const steps: [RegExp, () => void][] = [
    [/POST/, () => actions.create.mutate({ title: 'New' })],
    [/PATCH/, () => actions.update.mutate({ id: 't1', title: 'Plan' })],
    [/DELETE/, () => actions.remove.mutate('t1')],
  ];
  for (const [pattern, change] of steps) {
    const held = app.api.hold(pattern);
    act(change);
    await act((await held).release);
    await settled(app);
  }
  expect(seen).toEqual([['Plans'], ['…New', 'Plans'], ['New', 'Plans'], ['New', '…Plan'], ['New', 'Plan'], ['New']]);
});

test('a refused change of a thread is taken back', async () => {
  const app = await startAda();
  const [threads, thread] = [watch('threads'), watch('thread')];
  const steps: [RegExp, () => void][] = [
    [/POST/, () => actions.create.mutate({ title: 'New' })],
    [/PATCH/, () => actions.update.mutate({ id: 't1', title: 'Plan' })],
    [/DELETE/, () => actions.remove.mutate('t1')],
  ];
  for (const [pattern, change] of steps) {
    const held = app.api.hold(pattern);
    act(change);
    const request = await held;
    await act(async () => request.refuse(422, 'invalid-field'));
    await settled(app);
  }
  expect(threads).toEqual([['Plans'], ['…New', 'Plans'], ['Plans'], ['…Plan'], ['Plans'], [], ['Plans']]);
  expect(thread).toEqual([['Plans'], ['…Plan'], ['Plans']]);
});

test('settings are merged at once, or taken back', async () => {
  const app = await startAda();
  const seen = watch('settings');
  for (const how of ['release', 'refuse'] as const) {
    const held = app.api.hold(/PATCH/);
    act(() => actions.set.mutate({ theme: null, sound: { on: how === 'refuse' } }));
    const request = await held;
    await act(async () => (how === 'release' ? request.release() : request.refuse(422, 'settings-too-large')));
    await settled(app);
  }
  expect(seen).toEqual([
    ['{"theme":"dark","sound":{"on":true,"level":3}}'],
    ['…{"sound":{"on":false,"level":3}}'],
    ['{"sound":{"on":false,"level":3}}'],
    ['…{"sound":{"on":true,"level":3}}'],
    ['{"sound":{"on":false,"level":3}}'],
  ]);
});

test('a change without a connection is read again', async () => {
  const app = await startAda();
  app.sockets[0]?.close();
  await act(async () => void (await actions.create.mutateAsync({ title: 'New' })));
  await settled(app);
  expect(list('threads')).toEqual(['New', 'Plans']);
});
