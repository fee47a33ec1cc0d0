import { expect } from 'vitest';
import {
  createThread,
  enterSignIn,
  newPerson,
  open,
  openLive,
  openThread,
  rename,
  send,
  signOut,
  signUp,
  untilLive,
} from '../browser/chat.js';
import { click, untilGone, untilShown } from '../browser/dom.js';
import { story } from '../browser/story.js';
import { watchFor } from '../browser/witness.js';

story('no row of a user is ever shown to the next one', async ({ newDevice }) => {
  const ada = newPerson('Ada', 'Lovelace');
  const charles = newPerson('Charles', 'Babbage');
  const phone = await (await newDevice()).newTab();
  await signUp(phone, charles);
  await createThread(phone, 'The mill');
  await untilLive(phone);

  const device = await newDevice();
  const page = await device.newTab();
  await signUp(page, ada);
  await createThread(page, 'Bernoulli numbers');
  await send(page, 'Note G');
  await untilLive(page);
  const second = await device.newTab();
  await openLive(second, '/threads');
  await signOut(page);
  await untilGone(second, 'Bernoulli numbers');

  const ofAda = ['Ada', 'Lovelace', 'Bernoulli numbers', 'Note G'];
  const ofCharles = ['Charles Babbage', 'The mill', 'The store'];
  const witness = await watchFor(page, [...ofAda, ...ofCharles]);
  const secondWitness = await watchFor(second, ofAda);
  // By a link, so that the page and all that it remembers stay.
  await click(page, 'link', 'Sign in');
  await enterSignIn(page, charles);
  await openThread(page, 'The mill');
  await untilLive(page);
  await rename(phone, 'The store');
  await untilShown(page, 'The store');
  await page.goBack();
  await page.goForward();
  await open(page, '/threads');
  await untilShown(page, 'The store');
  // It saw what was shown, so it would have seen the rest.
  expect([...witness.seen].sort()).toEqual(ofCharles);
  await openLive(second, '/threads');
  await untilShown(second, 'Charles Babbage');
  expect([...secondWitness.seen]).toEqual([]);
});
