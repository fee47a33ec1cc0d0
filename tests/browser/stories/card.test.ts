import { expect } from 'vitest';
import { newPerson, open, signUp, untilLive } from '../browser/chat.js';
import { untilShown } from '../browser/dom.js';
import { story } from '../browser/story.js';
import { findUser } from '../setup/control.js';

story('a user sees the card of another user, and no more', async ({ newDevice }) => {
  const charles = newPerson('Charles', 'Babbage');
  const other = await (await newDevice()).newTab();
  await signUp(other, charles);
  await untilLive(other);
  const page = await (await newDevice()).newTab();
  await signUp(page, newPerson('Ada', 'Lovelace'));
  await untilLive(page);

  const user = await findUser(charles.email);
  await open(page, `/users/${user?.id}`);
  await untilShown(page, 'Charles Babbage');
  expect(await page.content()).not.toContain(charles.email);
  await open(page, '/users/user_nobody');
  await untilShown(page, 'There is nothing here');
});
