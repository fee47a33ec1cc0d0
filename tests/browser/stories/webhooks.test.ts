import { createThread, newPerson, openThread, send, signIn, signUp, untilLive } from '../browser/chat.js';
import { untilShown } from '../browser/dom.js';
import { story } from '../browser/story.js';
import { control } from '../setup/control.js';

story('a first request before the webhook finds the user', async ({ newDevice }) => {
  await control('PUT', 'webhooks', { delivery: 'hold' });
  const page = await (await newDevice()).newTab();
  await signUp(page, newPerson('Ada', 'Lovelace'));
  await createThread(page, 'Plans');
  await untilShown(page, 'Ada Lovelace');
});

story('a page waits for the webhook if Clerk cannot be asked', async ({ newDevice }) => {
  await control('PUT', 'webhooks', { delivery: 'hold' });
  // The Backend API alone: the form needs the Frontend API.
  await control('POST', 'faults', { fault: 'unavailable', path: '/v1/users' });
  const page = await (await newDevice()).newTab();
  await signUp(page, newPerson('Ada', 'Lovelace'));
  await untilShown(page, 'Your account is being set up…');
  await control('PUT', 'webhooks', { delivery: 'send' });
  await untilShown(page, 'Ada Lovelace');
  await untilLive(page);
});

story('while Clerk is down, those who are signed in go on', async ({ newDevice }) => {
  const ada = newPerson('Ada', 'Lovelace');
  const laptop = await (await newDevice()).newTab();
  await signUp(laptop, ada);
  await createThread(laptop, 'Plans');
  await untilLive(laptop);
  const phone = await (await newDevice()).newTab();
  await signIn(phone, ada);
  await openThread(phone, 'Plans');
  await untilLive(phone);
  await control('POST', 'faults', { fault: 'unavailable', path: '/v1/' });
  await send(laptop, 'Clerk is down');
  await untilShown(phone, 'Clerk is down');
  // The server shows the page without Clerk's script.
  await phone.reload();
  await untilShown(phone, 'Clerk is down');
});
