import { expect } from 'vitest';
import {
  createThread,
  deleteThread,
  newPerson,
  openLive,
  openThread,
  rename,
  send,
  signIn,
  signUp,
  untilLive,
} from '../browser/chat.js';
import { click, untilGone, untilShown, untilTrue } from '../browser/dom.js';
import { story } from '../browser/story.js';

story('two tabs and another browser show each change', async ({ newDevice }) => {
  const ada = newPerson('Ada', 'Lovelace');
  const laptop = await newDevice();
  const first = await laptop.newTab();
  await signUp(first, ada);
  await createThread(first, 'Plans');
  const second = await laptop.newTab();
  await openLive(second, '/threads');
  await openThread(second, 'Plans');
  const phone = await (await newDevice()).newTab();
  await signIn(phone, ada);
  await openThread(phone, 'Plans');
  const pages = [first, second, phone];
  await Promise.all(pages.map(untilLive));

  await send(first, 'Can it compose music?');
  await Promise.all(pages.map((page) => untilShown(page, 'Can it compose music?')));
  await send(phone, 'It might.');
  await Promise.all(pages.map((page) => untilShown(page, 'It might.')));

  await rename(second, 'Notes');
  await Promise.all(pages.map((page) => untilShown(page, 'Notes')));
  await Promise.all(pages.map((page) => untilGone(page, 'Plans')));

  await deleteThread(phone);
  await Promise.all([first, second].map((page) => untilShown(page, 'This thread was deleted')));
  await Promise.all(pages.map((page) => untilGone(page, 'Notes')));
});

story('a setting of one device holds on the other', async ({ newDevice }) => {
  const ada = newPerson('Ada', 'Lovelace');
  const laptop = await (await newDevice()).newTab();
  await signUp(laptop, ada);
  await untilLive(laptop);
  const phone = await (await newDevice()).newTab();
  await signIn(phone, ada);
  await untilLive(phone);
  await openLive(laptop, '/settings');
  await click(laptop, 'radio', 'Dark');
  const isDark = () => getComputedStyle(document.documentElement).colorScheme === 'dark';
  await untilTrue(phone, isDark);
  // The server has rendered it, so the first frame is dark, too.
  await phone.setJavaScriptEnabled(false);
  await phone.reload();
  expect(await phone.evaluate(isDark)).toBe(true);
});

story('the server renders the threads and messages', async ({ newDevice }) => {
  const page = await (await newDevice()).newTab();
  await signUp(page, newPerson('Ada', 'Lovelace'));
  await createThread(page, 'Plans');
  await send(page, 'Can it compose music?');
  await page.setJavaScriptEnabled(false);
  await page.reload();
  await untilShown(page, 'Ada Lovelace');
  await untilShown(page, 'Can it compose music?');
});
