import { expect } from 'vitest';
import { listViolations } from '../browser/accessibility.js';
import { createThread, newPerson, openLive, send, signUp } from '../browser/chat.js';
import { fillInto, tabTo, untilGone, untilShown, untilTrue } from '../browser/dom.js';
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
  await page.focus('input[type=search]');
  await page.keyboard.press('Escape');
  await untilShown(page, 'Notes');
});

story('a search finds a message and opens its thread by keyboard', async ({ newDevice }) => {
  const page = await (await newDevice()).newTab();
  await signUp(page, newPerson('Ada', 'Lovelace'));
  await createThread(page, 'Notes on the engine');
  await send(page, 'Can it compose Musik für Flöten?');
  await createThread(page, 'Plans');
  await tabTo(page, (element) => element?.getAttribute('type') === 'search');
  await page.keyboard.type('COMPOSE flote');
  await untilShown(page, '1 result');
  await untilGone(page, 'Show older threads');
  const marked = () => [...document.querySelectorAll('mark')].map((mark) => mark.textContent).join(' ');
  expect(await page.evaluate(marked)).toBe('compose Flöte');
  expect(await listViolations(page)).toEqual([]);
  await tabTo(page, (element) => !!element?.querySelector('mark'));
  await page.keyboard.press('Enter');
  await untilTrue(page, () => document.querySelector('h1')?.textContent === 'Notes on the engine');

  await tabTo(page, (element) => element?.getAttribute('type') === 'search');
  await page.keyboard.type(' nothing');
  await untilShown(page, 'Nothing found');
  // Escape empties the field, as everywhere in the browser.
  await page.keyboard.press('Escape');
  await untilTrue(page, () => document.querySelector<HTMLInputElement>('input[type=search]')?.value === '');
  await untilShown(page, 'Plans');
});
