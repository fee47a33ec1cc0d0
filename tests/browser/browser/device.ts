/** A browser with a profile of its own, as on one device. */

import puppeteer, { type Browser, type ConsoleMessage, type Page } from 'puppeteer-core';

/** Debian's Chromium, or the browser that this variable names. */
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** The hosts that pages may ask. */
const LOCAL = ['localhost', '127.0.0.1'];

/** What Chromium and Clerk print on pages that work, also while a connection is cut. A file of the app must be there. */
const EXPECTED = [
  /^Clerk: Clerk has been loaded with development keys/,
  /^Failed to load resource: /,
  /^WebSocket connection to .* failed: /,
  /was preloaded using link preload/,
];

/** A browser and what went wrong in it. */
export interface Device {
  /** Opens a tab. */
  newTab(): Promise<Page>;
  /** Waits for a tab that a page opens, or has opened. */
  openedTab(): Promise<Page>;
  /** Closes the browser. Fails if a page asked another host, threw an error or printed a warning. */
  close(): Promise<void>;
}

/** Starts a browser that finds no host but this machine. */
export async function startDevice(): Promise<Device> {
  const excluded = LOCAL.map((host) => `EXCLUDE ${host}`).join(', ');
  const browser = await puppeteer.launch({
    executablePath: CHROMIUM,
    // Chromium's own sandbox needs rights that containers do not have. The pages are those of this repository.
    args: ['--no-sandbox', `--host-resolver-rules=MAP * ~NOTFOUND, ${excluded}`, '--lang=en-GB'],
    defaultViewport: { width: 1100, height: 720 },
  });
  const faults: string[] = [];
  /** The tabs that were not opened by a page. */
  const known = new Set(browser.targets());
  return {
    async newTab() {
      const page = await browser.newPage();
      known.add(page.target());
      watch(page, faults);
      return page;
    },
    async openedTab() {
      const target = await browser.waitForTarget((target) => target.type() === 'page' && !known.has(target));
      const page = await target.page();
      if (!page) throw new Error('the tab has no page');
      watch(page, faults);
      return page;
    },
    async close() {
      await closeBrowser(browser);
      if (faults.length) throw new Error(`in the browser: ${faults.join('\n')}`);
    },
  };
}

async function closeBrowser(browser: Browser): Promise<void> {
  // A page that leaves may print that its requests were ended.
  for (const page of await browser.pages()) page.removeAllListeners();
  await browser.close();
}

/** Records what must not happen on a page. */
function watch(page: Page, faults: string[]): void {
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (['http:', 'https:', 'ws:', 'wss:'].includes(url.protocol) && !LOCAL.includes(url.hostname))
      faults.push(`a request to ${url.host}`);
  });
  page.on('pageerror', (error) => faults.push(`an error at ${page.url()}: ${error}`));
  page.on('console', (message: ConsoleMessage) => {
    const text = message.text();
    const isMissing = text.startsWith('Failed to load') && message.location().url?.includes('/_next/');
    const isExpected = !isMissing && EXPECTED.some((expected) => expected.test(text));
    if (['error', 'warn'].includes(message.type()) && !isExpected) faults.push(`the console at ${page.url()}: ${text}`);
  });
}
