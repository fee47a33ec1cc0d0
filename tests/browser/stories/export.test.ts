import { expect } from 'vitest';
import { createThread, newPerson, openLive, send, signUp } from '../browser/chat.js';
import { click, untilShown } from '../browser/dom.js';
import { story } from '../browser/story.js';

story('a user downloads everything', async ({ newDevice }) => {
  const page = await (await newDevice()).newTab();
  await signUp(page, newPerson('Ada', 'Lovelace'));
  await createThread(page, 'Plans');
  await send(page, 'Can it compose music?');
  await openLive(page, '/settings');
  await click(page, 'button', 'Download my data');
  await untilShown(page, 'Save your data (1 message)');
  const file = await page.$eval('a[download]', async (link) => (await fetch((link as HTMLAnchorElement).href)).text());
  const lines = file.trimEnd().split('\n');
  expect(lines.find((line) => line.includes('Can it compose music?'))).toBeDefined();
  // The last line says that the file is whole.
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ counts: { threads: 1, messages: 1 } });
});
