import type { Page } from 'puppeteer-core';
import { createThread, newPerson, openThread, type Person, send, signIn, signUp, untilLive } from '../browser/chat.js';
import type { Device } from '../browser/device.js';
import { untilShown } from '../browser/dom.js';
import { story } from '../browser/story.js';

/** Signs a user up, and opens a thread on a first device. */
async function startLaptop({ newTab }: Device, person: Person): Promise<Page> {
  const page = await newTab();
  await signUp(page, person);
  await createThread(page, 'Plans');
  await untilLive(page);
  return page;
}

/** Signs the same user in, and opens the same thread. */
async function startPhone({ newTab }: Device, person: Person): Promise<Page> {
  const page = await newTab();
  await signIn(page, person);
  await openThread(page, 'Plans');
  await untilLive(page);
  return page;
}

story('after a cut connection, a page shows what it missed', async ({ relay, newDevice }) => {
  const ada = newPerson('Ada', 'Lovelace');
  const laptop = await startLaptop(await newDevice(), ada);
  const phone = await startPhone(await newDevice(), ada);
  relay.cut();
  await Promise.all([laptop, phone].map((page) => untilShown(page, 'Connecting…')));
  relay.mend();
  await Promise.all([laptop, phone].map(untilLive));
  await send(phone, 'Are you there?');
  await untilShown(laptop, 'Are you there?');
});

story('a laptop that wakes up shows what it missed', async ({ relay, newDevice }) => {
  const ada = newPerson('Ada', 'Lovelace');
  const laptop = await startLaptop(await newDevice(), ada);
  const chromium = await laptop.createCDPSession();
  await chromium.send('Page.setWebLifecycleState', { state: 'frozen' });
  relay.silence();
  const phone = await startPhone(await newDevice(), ada);
  await send(phone, 'Are you asleep?');

  await chromium.send('Page.setWebLifecycleState', { state: 'active' });
  await laptop.emulateNetworkConditions({ offline: true, upload: -1, download: -1, latency: 0 });
  await laptop.emulateNetworkConditions(null);
  await untilShown(laptop, 'Are you asleep?');
  await send(phone, 'Good morning.');
  await untilShown(laptop, 'Good morning.');
});
