import { randomUUID } from 'node:crypto';
import type { Page } from 'puppeteer-core';
import { expect, vi } from 'vitest';
import { ask, createThread, newPerson, openLive, send, signUp, untilLive } from '../browser/chat.js';
import { click, fill, untilGone, untilShown, untilTrue } from '../browser/dom.js';
import { story } from '../browser/story.js';
import { setScript, statesOf, step } from '../setup/model.js';

/** Signs a user up, and opens a thread. */
async function startThread(page: Page): Promise<void> {
  await signUp(page, newPerson('Ada', 'Lovelace'));
  await createThread(page, 'Plans');
  await untilLive(page);
}

/** A question that no other story asks, and the word in it by which the model emulator knows it. */
function newQuestion(): { word: string; question: string } {
  const word = randomUUID();
  return { word, question: `What is ${word}?` };
}

/** Waits until the messages have these texts. */
const untilMessages = (page: Page, ...texts: string[]) =>
  untilTrue(
    page,
    (...texts) =>
      JSON.stringify([...document.querySelectorAll('[role=log] li p:first-child')].map((text) => text.textContent)) ===
      JSON.stringify(texts),
    ...texts,
  );

story('a reload in the middle of a reply shows it going on', async ({ newDevice }) => {
  const page = await (await newDevice()).newTab();
  await startThread(page);
  const { word, question } = newQuestion();
  await setScript(word, { text: 'It might, if it knew harmony.' });
  await ask(page, question);
  await step(word, 2);
  await untilMessages(page, question, 'It might, ');
  await page.reload();
  await untilMessages(page, question, 'It might, ');
  await step(word, 2);
  await untilMessages(page, question, 'It might, if it ');
  await step(word, 3);
  await untilMessages(page, question, 'It might, if it knew harmony.');
  await untilGone(page, 'Writing…');
  expect(await statesOf(word)).toEqual(['ended']);
});

story('a reply is stopped from another tab', async ({ newDevice }) => {
  const laptop = await newDevice();
  const first = await laptop.newTab();
  await startThread(first);
  const { word, question } = newQuestion();
  await setScript(word, { text: 'It will rain, and then it will snow.' });
  await ask(first, question);
  await step(word, 3);
  await untilShown(first, 'It will rain,');
  const second = await laptop.newTab();
  await openLive(second, new URL(first.url()).pathname);
  await untilShown(second, 'It will rain,');
  await click(second, 'button', 'Stop');
  const begin = performance.now();
  await Promise.all([first, second].map((page) => untilShown(page, 'Stopped')));
  await vi.waitFor(async () => expect(await statesOf(word)).toEqual(['closed']), { timeout: 10_000 });
  // The writer looks twice a second. The rest is the time of a busy machine.
  expect(performance.now() - begin).toBeLessThan(5_000);
  await untilMessages(first, question, 'It will rain, ');
});

story('a reply that failed is asked for again', async ({ newDevice }) => {
  const page = await (await newDevice()).newTab();
  await startThread(page);
  await setScript('engine', { text: 'It has wheels', end: 'break_off' });
  await ask(page, 'What is an engine?');
  await step('engine', 4);
  await untilShown(page, 'The model failed');
  await setScript('engine', { text: 'It has many wheels.' });
  await click(page, 'button', 'Ask again');
  await untilShown(page, 'Writing…');
  await step('engine', 5);
  await untilMessages(page, 'What is an engine?', 'It has wheels', 'What is an engine?', 'It has many wheels.');
});

story('without a model, messages are sent all the same', async ({ newDevice }) => {
  const page = await (await newDevice()).newTab();
  await startThread(page);
  await page.setRequestInterception(true);
  page.on('request', (request) => {
    const isRefused = request.method() === 'POST' && request.url().endsWith('/replies');
    if (!isRefused) return request.continue();
    const problem = { type: 'urn:usher:problem:model-not-configured', detail: 'MODEL_URL is not set' };
    return request.respond({
      status: 503,
      contentType: 'application/problem+json',
      headers: { 'Access-Control-Allow-Origin': '*' },
      body: JSON.stringify(problem),
    });
  });
  await fill(page, 'Message', 'Is anybody there?');
  await click(page, 'button', 'Ask');
  await untilShown(page, 'This server has no model that replies.');
  // The text has come back.
  await click(page, 'button', 'Send');
  await untilMessages(page, 'Is anybody there?');
  await untilGone(page, 'This server has no model that replies.');
  await send(page, 'Just a note.');
});
