import { expect } from 'vitest';
import { createThread, newPerson, open, openLive, send, signIn, signUp, untilLive } from '../browser/chat.js';
import { click, untilShown, untilTrue } from '../browser/dom.js';
import { story } from '../browser/story.js';
import { findUser } from '../setup/control.js';
import { untilRows } from '../setup/rows.js';

story('after a deletion every page says so, and no row is left', async ({ newDevice }) => {
  const ada = newPerson('Ada', 'Lovelace');
  const laptop = await newDevice();
  const first = await laptop.newTab();
  await signUp(first, ada);
  await createThread(first, 'Plans');
  await send(first, 'Can it compose music?');
  const second = await laptop.newTab();
  await open(second, '/threads');
  const phone = await (await newDevice()).newTab();
  await signIn(phone, ada);
  await Promise.all([first, second, phone].map(untilLive));
  const user = await findUser(ada.email);

  await openLive(first, '/settings');
  await click(first, 'button', 'Delete account');
  await click(first, 'button', 'Delete everything');
  await Promise.all([first, phone].map((page) => untilShown(page, 'Your account was deleted')));
  // The first tab ends Clerk's session, and Clerk tells the other tabs of the browser. If it is faster than the live
  // update, they ask to sign in.
  await untilTrue(
    second,
    () => location.pathname === '/sign-in' || document.body.innerText.includes('Your account was deleted'),
  );
  expect(await findUser(ada.email)).toBeUndefined();
  // The tombstone stays, and says nothing of the user.
  const rows = await untilRows(user?.id ?? '', (rows) => rows.length === 1);
  expect(JSON.stringify(rows)).not.toContain('Lovelace');
  // The pages have ended Clerk's session too, so a page that is opened later asks to sign in.
  await untilTrue(second, () => !/__session\w*=[^;]/.test(document.cookie));
  await open(second, '/threads');
  expect(new URL(second.url()).pathname).toBe('/sign-in');
});
