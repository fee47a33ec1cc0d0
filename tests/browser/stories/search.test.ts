import { createThread, newPerson, openLive, send, signUp } from '../browser/chat.js';
import { fillInto, untilGone, untilShown } from '../browser/dom.js';
import { story } from '../browser/story.js';

story('a search finds words of messages as one types', async ({ newDevice }) => {
  const page = await (await newDevice()).newTab();
  await signUp(page, newPerson('Ada', 'Lovelace'));
  await createThread(page, 'Plans');
  await send(page, 'Can it compose music?');
  await createThread(page, 'Notes');
  await openLive(page, '/threads');

  await fillInto(page, 'input[type=search]', 'Música');
  await untilShown(page, 'Nothing found');
  // The last word may go on.
  await fillInto(page, 'input[type=search]', 'COMPOSE mus');
  await untilShown(page, '1 result');
  await untilGone(page, 'Notes');
  await page.locator('[aria-label="Search results"] a').click();
  await page.waitForSelector('textarea');
  await untilShown(page, 'Can it compose music?');
  await fillInto(page, 'input[type=search]', '');
  await untilShown(page, 'Notes');
});
