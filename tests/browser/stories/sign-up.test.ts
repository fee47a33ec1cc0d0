import { expect } from 'vitest';
import { newPerson, open, signIn, signOut, signUp, untilLive } from '../browser/chat.js';
import { untilShown } from '../browser/dom.js';
import { story } from '../browser/story.js';
import { findUser } from '../setup/control.js';
import { listRows } from '../setup/rows.js';

story('a sign-up in the form is a row, and the page shows it', async ({ newDevice }) => {
  const ada = newPerson('Ada', 'Lovelace');
  const page = await (await newDevice()).newTab();
  await signUp(page, ada);
  await untilShown(page, 'Ada Lovelace');
  await untilLive(page);
  const user = await findUser(ada.email);
  expect(user?.first_name).toBe('Ada');
  const rows = await listRows(user?.id ?? '');
  expect(rows.map(({ kind }) => kind)).toContain('user');
});

story('a user signs out and in again', async ({ newDevice }) => {
  const ada = newPerson('Ada', 'Lovelace');
  const page = await (await newDevice()).newTab();
  await signUp(page, ada);
  await untilLive(page);
  await signOut(page);
  await open(page, '/threads');
  // The middleware sends those who are signed out to the form.
  expect(new URL(page.url()).pathname).toBe('/sign-in');
  await signIn(page, ada);
  await untilShown(page, 'Ada Lovelace');
  await untilLive(page);
});
