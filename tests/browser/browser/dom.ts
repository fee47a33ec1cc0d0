/** What a user does with the keyboard and the mouse, and sees. Everything waits until it is possible. */

import type { Page } from 'puppeteer-core';

/** How long something may take, in milliseconds. */
const TIMEOUT = 40_000;

/**
 * How a page is looked at until something is so: every 100 ms. Puppeteer's `mutation` does not see that React changes a
 * text, and its `raf` does nothing in a tab that is not in front.
 */
const WAITING = { polling: 100, timeout: TIMEOUT };

/** Finds an element by what a screen reader says of it. */
const selectorOf = (role: string, name: string) => `::-p-aria([name="${name}"][role="${role}"])`;

/** Clicks on an element with this role and name. */
export async function click(page: Page, role: string, name: string): Promise<void> {
  await page.bringToFront();
  await page.locator(selectorOf(role, name)).setTimeout(TIMEOUT).click();
}

/** Writes into the field with this name, in place of what is there. */
export async function fill(page: Page, name: string, text: string): Promise<void> {
  await page.bringToFront();
  await page.locator(selectorOf('textbox', name)).setTimeout(TIMEOUT).fill(text);
}

/** Writes into an element of one of Clerk's forms. */
export async function fillInto(page: Page, selector: string, text: string): Promise<void> {
  await page.bringToFront();
  await page.locator(selector).setTimeout(TIMEOUT).fill(text);
}

/** Moves the focus with the tabulator until an element has it for which this is so. */
export async function tabTo<T extends unknown[]>(
  page: Page,
  isThere: (element: Element | null, ...args: T) => boolean,
  ...args: T
): Promise<void> {
  const hasFocus = `(${isThere})(document.activeElement, ...${JSON.stringify(args)})`;
  for (let steps = 0; steps <= 40; steps++) {
    if (await page.evaluate(hasFocus)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`no way to ${isThere}`);
}

/** Waits until a condition holds in the page. It is looked at in the page, also after the page has loaded again. */
export async function untilTrue<T extends unknown[]>(
  page: Page,
  condition: (...args: T) => boolean,
  ...args: T
): Promise<void> {
  try {
    await page.waitForFunction(condition as (...args: unknown[]) => boolean, WAITING, ...args);
  } catch (error) {
    const shown = await page.evaluate(() => document.body.innerText).catch(() => '(the page is gone)');
    throw new Error(`not so: ${condition} of ${JSON.stringify(args)} at ${page.url()}:\n${shown}`, { cause: error });
  }
}

/** Waits until the page shows this text. It need not be the tab in front. */
export async function untilShown(page: Page, text: string): Promise<void> {
  await until(page, text, true);
}

/** Waits until the page does not show this text any more. */
export async function untilGone(page: Page, text: string): Promise<void> {
  await until(page, text, false);
}

async function until(page: Page, text: string, isShown: boolean): Promise<void> {
  const isSo = (text: string, isShown: boolean) => document.body?.innerText.includes(text) === isShown;
  await untilTrue(page, isSo, text, isShown);
}
