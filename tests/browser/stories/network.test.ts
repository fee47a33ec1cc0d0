import type { Page } from 'puppeteer-core';
import { expect, inject } from 'vitest';
import { createThread, newPerson, openThread, type Person, send, signIn, signUp, untilLive } from '../browser/chat.js';
import type { Device } from '../browser/device.js';
import { untilShown } from '../browser/dom.js';
import { story } from '../browser/story.js';
import { control, findUser } from '../setup/control.js';

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

/** Sends a message to the thread that a page shows, from a device that reaches the API. */
async function sendFromElsewhere(person: Person, page: Page, content: string): Promise<void> {
  const user = await findUser(person.email);
  const session = await control<{ id: string }>('POST', 'v1/sessions', { user_id: user?.id });
  const { jwt } = await control<{ jwt: string }>('POST', `v1/sessions/${session.id}/tokens`);
  const response = await fetch(`${inject('apiUrl')}${new URL(page.url()).pathname}/messages`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${jwt}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ content }),
  });
  expect(response.status).toBe(201);
}

story('after a cut connection, a page shows what it missed', async ({ relay, newDevice }) => {
  const ada = newPerson('Ada', 'Lovelace');
  const laptop = await startLaptop(await newDevice(), ada);
  const phone = await startPhone(await newDevice(), ada);
  relay.cut();
  await Promise.all([laptop, phone].map((page) => untilShown(page, 'Connecting…')));
  await sendFromElsewhere(ada, laptop, 'Are you there?');
  relay.mend();
  await Promise.all([laptop, phone].map((page) => untilShown(page, 'Are you there?')));
  await Promise.all([laptop, phone].map(untilLive));
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
