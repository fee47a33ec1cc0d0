import type { Page } from 'puppeteer-core';
import { createThread, newPerson, openThread, send, signIn, signUp, untilLive } from '../browser/chat.js';
import type { Device } from '../browser/device.js';
import { untilShown } from '../browser/dom.js';
import { story } from '../browser/story.js';

/** Signs a user up on a laptop and in on a phone, which both show the same thread. */
async function startTwo(newDevice: () => Promise<Device>): Promise<{ laptop: Page; phone: Page }> {
  const ada = newPerson('Ada', 'Lovelace');
  const laptop = await (await newDevice()).newTab();
  await signUp(laptop, ada);
  await createThread(laptop, 'Plans');
  await untilLive(laptop);
  const phone = await (await newDevice()).newTab();
  await signIn(phone, ada);
  await openThread(phone, 'Plans');
  await untilLive(phone);
  return { laptop, phone };
}

story('after a cut connection, a page shows what it missed', async ({ relay, newDevice }) => {
  const { laptop, phone } = await startTwo(newDevice);
  relay.cut();
  await Promise.all([laptop, phone].map((page) => untilShown(page, 'Connecting…')));
  relay.mend();
  await Promise.all([laptop, phone].map(untilLive));
  await send(phone, 'Are you there?');
  await untilShown(laptop, 'Are you there?');
});
