import type { Page } from 'puppeteer-core';
import { expect } from 'vitest';
import { newPerson, openLive, signUp, untilLive } from '../browser/chat.js';
import { story } from '../browser/story.js';

/** In this time Clerk loads, unless it needs the script that is held back. In milliseconds. */
const CLERK_TIMEOUT = 4_000;

/** Returns the paths of the scripts of Next.js that a page loads, in their order. */
async function listScripts(page: Page, path: string): Promise<string[]> {
  await openLive(page, path);
  const urls = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name));
  return urls.map((url) => new URL(url).pathname).filter((path) => /^\/_next\/.*\.js$/.test(path));
}

// A fault that it would see is a warning of React, and fails the story.
story('a page is the same if Clerk loads before its own scripts', async ({ newDevice }) => {
  const page = await (await newDevice()).newTab();
  await signUp(page, newPerson('Ada', 'Lovelace'));
  await untilLive(page);
  await page.setCacheEnabled(false);
  const scripts = await listScripts(page, '/settings');

  let late: string | undefined;
  let hasLoaded = false;
  await page.setRequestInterception(true);
  page.on('request', async (request) => {
    if (new URL(request.url()).pathname === late) {
      const loaded = page.waitForFunction(() => (window as unknown as { Clerk?: { loaded: boolean } }).Clerk?.loaded, {
        polling: 50,
        timeout: CLERK_TIMEOUT,
      });
      hasLoaded = await loaded.then(
        () => true,
        () => false,
      );
    }
    await request.continue();
  });
  const held: string[] = [];
  // Clerk needs the first scripts.
  for (late of scripts.reverse()) {
    await openLive(page, '/settings');
    if (!hasLoaded) break;
    held.push(late);
  }
  expect(held).not.toEqual([]);
});
