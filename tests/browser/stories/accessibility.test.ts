import { mkdir } from 'node:fs/promises';
import type { Page } from 'puppeteer-core';
import { expect } from 'vitest';
import { listViolations } from '../browser/accessibility.js';
import { ask, createThread, newPerson, open, openLive, signUp, untilLive } from '../browser/chat.js';
import { openConsole, selectUser } from '../browser/console.js';
import { click, fillInto, tabTo, untilGone, untilShown } from '../browser/dom.js';
import { story } from '../browser/story.js';
import { control, findUser } from '../setup/control.js';
import { setScript, step } from '../setup/model.js';

/** Where the screenshots go, if somebody wants them. */
const SCREENSHOTS = process.env.SCREENSHOTS;

/** Checks a page in light and in dark, and at 360 pixels. */
async function check(page: Page, name: string): Promise<void> {
  for (const scheme of ['light', 'dark']) {
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    expect(await listViolations(page)).toEqual([]);
    if (SCREENSHOTS) {
      await mkdir(SCREENSHOTS, { recursive: true });
      await page.screenshot({ path: `${SCREENSHOTS}/${name}-${scheme}.png` });
    }
  }
  const size = page.viewport();
  await page.setViewport({ width: 360, height: 640 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth), `${name} at 360 pixels`).toBe(360);
  if (SCREENSHOTS) await page.screenshot({ path: `${SCREENSHOTS}/${name}-narrow.png` });
  await page.setViewport(size);
}

story('every page of the example is accessible, in light and dark', async ({ newDevice }) => {
  const page = await (await newDevice()).newTab();
  await open(page, '/');
  await untilShown(page, 'Create an account');
  await check(page, 'home');
  await open(page, '/sign-in');
  await untilShown(page, 'Sign in to');
  await check(page, 'sign-in');
  const ada = newPerson('Ada', 'Lovelace');
  await signUp(page, ada);
  await createThread(page, 'Plans for the engine');
  await createThread(page, 'Notes on the memoir');
  await setScript('compose', {
    text: 'It might compose elaborate and scientific pieces of music of any degree of complexity.',
  });
  await ask(page, 'Can it compose music?');
  await step('compose', 10);
  await untilShown(page, 'pieces of music');
  await check(page, 'thread');
  await step('compose', 5);
  await untilGone(page, 'Writing…');
  await setScript('harmony', { text: 'Only what it is told.' });
  await ask(page, 'And harmony?');
  await click(page, 'button', 'Stop');
  await untilShown(page, 'Stopped');
  await check(page, 'stopped');
  await click(page, 'button', 'Delete');
  await check(page, 'dialog');
  await page.keyboard.press('Escape');
  await openLive(page, '/threads');
  await check(page, 'threads');
  await fillInto(page, 'input[type=search]', 'compose mus');
  await untilShown(page, '2 results');
  await check(page, 'search');
  await open(page, '/settings');
  await untilShown(page, 'user_');
  await check(page, 'settings');
  const user = await findUser(ada.email);
  await open(page, `/users/${user?.id}`);
  await untilShown(page, 'Ada Lovelace');
  await check(page, 'card');
  await control('POST', `v1/users/${user?.id}/ban`);
  await untilShown(page, 'Your account is banned');
  await check(page, 'banned');
  await open(page, '/goodbye');
  await untilShown(page, 'Your account was deleted');
  await check(page, 'goodbye');
});

story('the console is accessible, in light and dark', async ({ newDevice }) => {
  const app = await (await newDevice()).newTab();
  await signUp(app, newPerson('Ada', 'Lovelace'));
  await createThread(app, 'Plans for the engine');
  await untilLive(app);
  const page = await (await newDevice()).newTab();
  await openConsole(page);
  await selectUser(page, 'Ada Lovelace');
  await untilShown(page, 'THREAD#');
  await check(page, 'console');
});

story('the keyboard alone is enough', async ({ newDevice }) => {
  const page = await (await newDevice()).newTab();
  await signUp(page, newPerson('Ada', 'Lovelace'));
  await untilLive(page);
  const isField = (element: Element | null, placeholder: string) =>
    element?.getAttribute('placeholder') === placeholder;
  await tabTo(page, isField, 'Title');
  await page.keyboard.type('Plans');
  await page.keyboard.press('Enter');
  await page.waitForSelector('textarea');
  await tabTo(page, isField, 'Write a message');
  await page.keyboard.type('Without a mouse');
  await page.keyboard.press('Enter');
  await untilShown(page, 'Without a mouse');
});
