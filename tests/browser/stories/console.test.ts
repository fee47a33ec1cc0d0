import type { Page } from 'puppeteer-core';
import { expect, inject } from 'vitest';
import { createThread, newPerson, open, send, signIn, signUp, untilLive } from '../browser/chat.js';
import { openConsole, press, renameUser, selectUser, showUser, untilLiveAgain } from '../browser/console.js';
import { fillInto, untilShown, untilTrue } from '../browser/dom.js';
import { story } from '../browser/story.js';
import { findUser } from '../setup/control.js';

/**
 * Waits until every function that reads has the newest keys. A function asks for keys only now and then, so after two
 * rotations it refuses a good token for a while, also one of the next story.
 */
async function untilKeysAreRead(page: Page): Promise<void> {
  const accepted = async (api: string) => {
    const { Clerk } = window as unknown as { Clerk: { session: { getToken(): Promise<string> } } };
    const headers = { Authorization: `Bearer ${await Clerk.session.getToken()}` };
    const thread = location.pathname;
    const paths = ['/users/me', '/settings', '/threads', thread, `${thread}/messages`];
    const answers = await Promise.all(paths.map((path) => fetch(api + path, { headers })));
    return answers.every(({ ok }) => ok);
  };
  await page.waitForFunction(accepted, { polling: 500, timeout: 60_000 }, inject('apiUrl'));
}

story('what the console does to a user is seen in the app', async ({ newDevice }) => {
  const ada = newPerson('Ada', 'Lovelace');
  const app = await (await newDevice()).newTab();
  await signUp(app, ada);
  await untilLive(app);
  const console_ = await (await newDevice()).newTab();
  await openConsole(console_);
  await selectUser(console_, 'Ada Lovelace');
  await untilShown(console_, 'USER');

  await renameUser(console_, 'Augusta', 'King');
  await untilShown(app, 'Augusta King');
  await untilTrue(console_, () => !!document.getElementById('socket-message-list')?.textContent?.includes('changed'));
  await untilLiveAgain(app, () => press(console_, '#socket-list [data-action="Cut"]'));
  await untilLiveAgain(app, () => press(console_, '#socket-list [data-action="Close"]'));

  await press(console_, '#session-list [data-action="Revoke"]');
  await untilShown(app, 'You are signed out');
  await signIn(app, ada);
  await untilLive(app);
  await press(console_, '#session-list [data-action="Sign out"]');
  await untilShown(app, 'You are signed out');
  await signIn(app, ada);
  await untilLive(app);

  await press(console_, '#ban-user');
  await untilShown(app, 'Your account is banned');
  await press(console_, '#ban-user');
  await open(app, '/sign-in');
  const { id = '' } = (await findUser(ada.email)) ?? {};
  await press(console_, '#delete-user');
  await untilShown(console_, 'tombstone');
  // Nobody of this id is in the list any more.
  await openConsole(console_);
  await showUser(console_, id);
  await untilShown(console_, 'tombstone');
});

story('the console opens the app as a user, and copies tokens', async ({ newDevice }) => {
  const device = await newDevice();
  const console_ = await device.newTab();
  await openConsole(console_);
  await fillInto(console_, '#add-email', 'mary@example.com');
  await fillInto(console_, '#add-first-name', 'Mary');
  await fillInto(console_, '#add-last-name', 'Somerville');
  await press(console_, '#add-user-button');
  await press(console_, '#copy-token');
  await press(console_, '#session-list [data-action="Copy a token"]');
  const token = await console_.$eval('#token', (field) => (field as HTMLTextAreaElement).value);
  const answer = await fetch(`${inject('apiUrl')}/users/me`, { headers: { Authorization: `Bearer ${token}` } });
  expect(await answer.json()).toMatchObject({ first_name: 'Mary' });

  await fillInto(console_, '#app-url', `${inject('exampleUrl')}/sign-in`);
  await press(console_, '#open-app');
  const app = await device.openedTab();
  await untilShown(app, 'Mary Somerville');
});

story('the app goes on while Clerk is slow, down or rotates keys', async ({ newDevice }) => {
  const app = await (await newDevice()).newTab();
  await signUp(app, newPerson('Ada', 'Lovelace'));
  await createThread(app, 'Plans');
  const console_ = await (await newDevice()).newTab();
  await openConsole(console_);
  for (const action of ['#clerk-slow', '#clerk-down', '#clerk-429', '#clerk-healthy']) {
    await press(console_, action);
    await send(app, `after ${action}`);
  }
  for (const action of ['#rotate-same-kid', '#rotate-new-kid']) {
    await press(console_, action);
    // The next token is signed with the new key.
    await app.evaluate(() => {
      const { Clerk } = window as unknown as { Clerk: { session: { getToken(options: object): Promise<string> } } };
      return Clerk.session.getToken({ skipCache: true });
    });
    await send(app, `after ${action}`);
  }
  await untilKeysAreRead(app);
});
