/** Live updates against the whole stack: what another tab, Clerk and a lost connection do. */

import { expect, inject, test } from 'vitest';
import { WebSocket } from 'ws';
import { createUsher, type UsherOptions } from '../../src/index.js';
import { clerk, expire, type SignedIn, signUp } from '../clerk.js';
import { endSession } from '../controls.js';
import { type Recorder, record } from './recorder.js';

/** Opens a tab of a user: a client with live updates, whose connections the test can cut. */
function openTab(getToken: UsherOptions['getToken']) {
  const sockets: WebSocket[] = [];
  class Cuttable extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols);
      sockets.push(this);
    }
  }
  const usher = createUsher({ url: inject('apiUrl'), getToken, WebSocket: Cuttable });
  return { usher, updates: record(usher), sockets, cut: () => sockets.at(-1)?.terminate() };
}

async function openTwoTabs(user: SignedIn) {
  const tabs = [openTab(user.getToken), openTab(user.getToken)] as const;
  for (const { updates } of tabs) await untilConnected(updates, 1);
  return tabs;
}

/** After each connect, anything may have changed. */
const untilConnected = (updates: Recorder, times: number) =>
  updates.until(() => updates.changes.filter((keys) => keys.includes('all')).length >= times);

const untilTold = (updates: Recorder, key: string) =>
  updates.until(() => updates.changes.some((keys) => keys.some((told) => told === key)));

test('what one tab writes, the other is told', async () => {
  const [first, second] = await openTwoTabs(await signUp());
  const { id } = await first.usher.threads.create({ title: 'Engines' });
  await untilTold(second.updates, `threads/${id}`);
  await first.usher.messages.create(id, { content: 'Hello', role: 'user' });
  await untilTold(second.updates, `threads/${id}/messages`);
  await first.usher.settings.update({ theme: 'dark' });
  await untilTold(second.updates, 'settings');
});

test('a change at Clerk is told in every tab', async () => {
  const user = await signUp();
  const tabs = await openTwoTabs(user);
  await clerk('PATCH', `/users/${user.userId}`, { first_name: 'Augusta' });
  for (const { updates } of tabs) await untilTold(updates, 'user');
});

test('a tab whose connection was cut reads everything again', async () => {
  const [first, second] = await openTwoTabs(await signUp());
  second.cut();
  await first.usher.threads.create({});
  await untilConnected(second.updates, 2);
  expect(second.sockets).toHaveLength(2);
  expect(first.sockets).toHaveLength(1);
});

test('an expired token is replaced before it matters', async () => {
  const user = await signUp();
  const token = await expire(await user.getToken());
  let asked = 0;
  const { updates } = openTab(async (options) => {
    asked++;
    return options?.skipCache ? user.getToken() : token;
  });
  await untilConnected(updates, 1);
  expect(asked).toBeGreaterThan(1);
});

test('a session that ends takes its tabs along, and no other', async () => {
  const user = await signUp();
  const [first, second] = await openTwoTabs(user);
  const session = await clerk('POST', '/sessions', { user_id: user.userId });
  const other = openTab(async () => (await clerk('POST', `/sessions/${session.id}/tokens`)).jwt as string);
  await untilConnected(other.updates, 1);
  await endSession(session.id as string);
  expect(await other.updates.untilStatus('stopped')).toMatchObject({ reason: 'session-ended' });
  await first.usher.threads.create({});
  await untilTold(second.updates, 'threads');
});

test.each([
  ['a banned user', 'user-banned', (id: string) => clerk('POST', `/users/${id}/ban`)],
  ['a deleted user', 'user-deleted', (id: string) => clerk('DELETE', `/users/${id}`)],
])('%s has no open tab', async (_, reason, act) => {
  const user = await signUp();
  const tabs = await openTwoTabs(user);
  await act(user.userId);
  for (const { updates } of tabs) {
    expect(['session-ended', reason]).toContain((await updates.untilStatus('stopped')).reason);
  }
});
