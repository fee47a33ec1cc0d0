/** What a developer does in the console of the Clerk emulator. */

import type { Page } from 'puppeteer-core';
import { inject } from 'vitest';
import { untilShown, untilTrue } from './dom.js';

const TIMEOUT = 40_000;

/** Opens the console, and waits until it follows the emulator. */
export async function openConsole(page: Page): Promise<void> {
  await page.bringToFront();
  await page.goto(inject('clerkUrl'));
  await untilTrue(page, () => document.getElementById('connection')?.textContent === 'live');
}

/** Presses a button that does something, and waits until the console says that it is done. */
export async function press(page: Page, selector: string): Promise<void> {
  await page.bringToFront();
  await page.evaluate(() => document.getElementById('message')?.replaceChildren());
  await page.locator(selector).setTimeout(TIMEOUT).click();
  await untilTrue(page, () => !!document.getElementById('message')?.textContent);
  const message = await page.$eval('#message', (element) => element.textContent ?? '');
  if (!message.startsWith('Done: ')) throw new Error(`${selector}: ${message}`);
}

/** Selects the user with this name. */
export async function selectUser(page: Page, name: string): Promise<void> {
  await page.bringToFront();
  await page.locator(`::-p-xpath(//*[@id="user-list"]//button[contains(., "${name}")])`).setTimeout(TIMEOUT).click();
  await untilTrue(page, (name) => document.getElementById('user-title')?.textContent === name, name);
}

/** Selects a user by the id, also one who is deleted. */
export async function showUser(page: Page, userId: string): Promise<void> {
  await page.bringToFront();
  await page.locator('#find-user input').setTimeout(TIMEOUT).fill(userId);
  await page.locator('#find-user button').setTimeout(TIMEOUT).click();
}

/** Renames the selected user. */
export async function renameUser(page: Page, firstName: string, lastName: string): Promise<void> {
  await page.bringToFront();
  await page.locator('#rename-first-name').setTimeout(TIMEOUT).fill(firstName);
  await page.locator('#rename-last-name').setTimeout(TIMEOUT).fill(lastName);
  await press(page, '#rename-user button');
}

/** Opens the newest delivery of this type, and returns the selector of what is in it. */
export async function openDelivery(page: Page, type: string, name: string): Promise<string> {
  const key = await page
    .locator(`::-p-xpath(//*[@id="delivery-list"]/li[contains(., "${type}") and contains(., "${name}")])`)
    .setTimeout(TIMEOUT)
    .map((item) => (item as HTMLElement).dataset.key ?? '')
    .wait();
  const item = `#delivery-list > li[data-key="${key}"]`;
  await page.$eval(`${item} details`, (details) => details.setAttribute('open', ''));
  return item;
}

/** Waits until a delivery has an attempt with this status. */
export async function untilAttempt(page: Page, delivery: string, status: number): Promise<void> {
  await untilTrue(
    page,
    (delivery, status) =>
      [...document.querySelectorAll(`${delivery} ol .badge`)].some(({ textContent }) => textContent === status),
    delivery,
    String(status),
  );
}

/** Waits until a page of the app has lost its live connection and has another one. */
export async function untilLiveAgain(app: Page, lose: () => Promise<void>): Promise<void> {
  // The next connection may be there within 100 ms, so every change of the page is looked at.
  const lost = app.evaluate(
    () =>
      new Promise<void>((resolve) => {
        const look = () => document.body.innerText.includes('Connecting…') && resolve();
        new MutationObserver(look).observe(document.body, { childList: true, characterData: true, subtree: true });
      }),
  );
  await lose();
  await lost;
  await untilShown(app, 'Live\n');
}
