/** Apps in one page against the real API, its live updates, and the Clerk emulator. */

// First, because the others need it.
import './page.js';
import { act, cleanup, render, screen, within } from '@testing-library/react';
import { StrictMode } from 'react';
import { expect, inject, onTestFinished, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { createUsher } from '../../src/index.js';
import {
  UsherProvider,
  useCreateMessage,
  useCreateThread,
  useCurrentUser,
  useDeleteCurrentUser,
  useLiveStatus,
  useMessages,
  useSettings,
  useThreads,
  useUpdateSettings,
  useUpdateThread,
  useUsherAuth,
} from '../../src/react/index.js';
import { clerk, type SignedIn, signUp } from '../clerk.js';
import { holdWebhooks, injectFault } from '../controls.js';
import { type ClerkState, createClerk, expectSilence, NOBODY } from './dom/app.js';

/** Shows everything of the user, with a button for each change. */
function App() {
  const { status } = useUsherAuth();
  const { state } = useLiveStatus();
  const user = useCurrentUser();
  const threads = useThreads();
  const threadId = threads.data?.find(({ isPending }) => !isPending)?.id ?? '';
  const settings = useSettings();
  const create = useCreateThread();
  const update = useUpdateThread();
  const set = useUpdateSettings();
  const { mutate: remove } = useDeleteCurrentUser();
  return (
    <>
      <p>
        {status} {state}
      </p>
      <h1>{status === 'signedIn' && user.data?.first_name}</h1>
      <ul>
        {threads.data?.map(({ key, title }) => (
          <li key={key}>{title}</li>
        ))}
      </ul>
      <output>{String(settings.data?.values.theme)}</output>
      {threadId && <Messages threadId={threadId} />}
      <button type="button" onClick={() => create.mutate({ title: 'Plans' })}>
        Create
      </button>
      <button type="button" onClick={() => update.mutate({ id: threadId, title: 'Engines' })}>
        Rename
      </button>
      <button type="button" onClick={() => set.mutate({ theme: 'dark' })}>
        Darken
      </button>
      <button type="button" onClick={() => remove()}>
        Delete
      </button>
    </>
  );
}

function Messages({ threadId }: { threadId: string }) {
  const { data } = useMessages(threadId);
  const { mutate } = useCreateMessage(threadId);
  return (
    <>
      <blockquote>{data?.map(({ content }) => content).join(' ')}</blockquote>
      <button type="button" onClick={() => mutate({ content: 'Hello' })}>
        Say
      </button>
    </>
  );
}

/** Opens a tab, which ends with the test. Its Clerk returns real tokens. */
function openTab(initial: SignedIn | null) {
  const stateOf = (user: SignedIn | null): ClerkState =>
    user ? { isLoaded: true, userId: user.userId, sessionId: `session of ${user.userId}` } : NOBODY;
  let current = initial;
  const { useAuth, set } = createClerk(stateOf(initial), async () => (current ? current.getToken() : null));
  const usher = createUsher({ url: inject('apiUrl'), WebSocket });
  const { container } = render(
    <StrictMode>
      <UsherProvider client={usher} useAuth={useAuth}>
        <App />
      </UsherProvider>
    </StrictMode>,
  );
  const page = within(container);
  return {
    press: (name: string) => act(async () => page.getByText(name).click()),
    signIn: (next: SignedIn | null) => {
      current = next;
      return act(async () => set(stateOf(next)));
    },
    text: () => container.textContent ?? '',
    /** Resolves when the tab shows this state, and these titles, messages and theme. */
    until: (state: string, ...shown: string[]) =>
      vi.waitFor(
        () => {
          const rows = [...container.querySelectorAll('h1, li, blockquote')].map(({ textContent }) => textContent);
          const theme = page.getByRole('status').textContent ?? '';
          expect([page.getByRole('paragraph').textContent, ...rows, theme].filter(Boolean)).toEqual([state, ...shown]);
        },
        { timeout: 30_000 },
      ),
  };
}

/** Opens tabs of this user, in a page whose console must be silent. */
function openTabs(user: SignedIn | null, count: number) {
  expectSilence();
  onTestFinished(cleanup);
  return Array.from({ length: count }, () => openTab(user)) as [ReturnType<typeof openTab>, ReturnType<typeof openTab>];
}

test('a change in one tab is shown in the other', async () => {
  const [first, second] = openTabs(await signUp(), 2);
  await Promise.all([first, second].map((tab) => tab.until('signedIn open', 'Ada', 'undefined')));
  await first.press('Create');
  await second.until('signedIn open', 'Ada', 'Plans', 'undefined');
  await second.press('Say');
  await first.until('signedIn open', 'Ada', 'Plans', 'Hello', 'undefined');
  await first.press('Rename');
  await second.until('signedIn open', 'Ada', 'Engines', 'Hello', 'undefined');
  await second.press('Darken');
  await first.until('signedIn open', 'Ada', 'Engines', 'Hello', 'dark');
});

test('a user who is renamed at Clerk is shown', async () => {
  const user = await signUp();
  const [tab] = openTabs(user, 1);
  await tab.until('signedIn open', 'Ada', 'undefined');
  await clerk('PATCH', `/users/${user.userId}`, { first_name: 'Augusta' });
  await tab.until('signedIn open', 'Augusta', 'undefined');
});

test('a new user is waited for until the webhook comes', async () => {
  const sendWebhooks = await holdWebhooks();
  const user = await signUp();
  await injectFault({ fault: 'unavailable', method: 'GET', path: `/v1/users/${user.userId}` });
  const [tab] = openTabs(user, 1);
  await tab.until('notSynced closed', 'undefined');
  await sendWebhooks();
  await tab.until('signedIn open', 'Ada', 'undefined');
});

test('an account that is deleted in one tab is deleted in the other', async () => {
  const [first, second] = openTabs(await signUp(), 2);
  await Promise.all([first, second].map((tab) => tab.until('signedIn open', 'Ada', 'undefined')));
  await first.press('Create');
  await second.until('signedIn open', 'Ada', 'Plans', 'undefined');
  await second.press('Delete');
  for (const tab of [first, second]) {
    await vi.waitFor(() => expect(tab.text()).toMatch(/^deleted/), { timeout: 30_000 });
    expect(tab.text()).not.toContain('Plans');
  }
});

test.each([
  ['a ban', (user: SignedIn) => clerk('POST', `/users/${user.userId}/ban`), /^banned/],
  ['an end of the session', endSession, /^signedOut/],
])('%s empties the page', async (_name, end, expected) => {
  const user = await signUp();
  const [tab] = openTabs(user, 1);
  await tab.until('signedIn open', 'Ada', 'undefined');
  await tab.press('Create');
  await tab.until('signedIn open', 'Ada', 'Plans', 'undefined');
  await end(user);
  await vi.waitFor(() => expect(tab.text()).toMatch(expected), { timeout: 30_000 });
  expect(tab.text()).not.toContain('Plans');
});

/** Revokes the session of a user. */
async function endSession({ getToken }: SignedIn): Promise<void> {
  const { sid } = JSON.parse(atob((await getToken()).split('.')[1] ?? ''));
  await clerk('POST', `/sessions/${sid}/revoke`);
}

test('another user in the same tab sees nothing of the one before', async () => {
  const [ada, bob] = [await signUp('Ada'), await signUp('Bob')];
  const [tab] = openTabs(ada, 1);
  await tab.until('signedIn open', 'Ada', 'undefined');
  await tab.press('Create');
  await tab.press('Darken');
  await tab.until('signedIn open', 'Ada', 'Plans', 'dark');
  const seen: string[] = [];
  const observer = new MutationObserver(() => seen.push(tab.text()));
  observer.observe(document.body, { subtree: true, childList: true, characterData: true });
  onTestFinished(() => observer.disconnect());
  await tab.signIn(bob);
  await tab.until('signedIn open', 'Bob', 'undefined');
  await tab.signIn(null);
  await tab.until('signedOut closed', 'undefined');
  expect(seen.join()).not.toMatch(/Ada|Plans|dark/);
  await tab.signIn(ada);
  await tab.until('signedIn open', 'Ada', 'Plans', 'dark');
  expect(screen.queryByText('Bob')).toBeNull();
});
