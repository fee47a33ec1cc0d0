import { expect } from 'vitest';
import { newPerson, open, signIn, signOut, signUp, untilLive } from '../browser/chat.js';
import { untilShown } from '../browser/dom.js';
import { story } from '../browser/story.js';
import { control, findUser } from '../setup/control.js';
import { listRows } from '../setup/rows.js';

/** A webhook, as far as the story needs it. */
interface Delivery {
  body: unknown;
  attempts: { status: number }[];
}

story('a sign-up in the form is a row, and the page shows it', async ({ newDevice }) => {
  const ada = newPerson('Ada', 'Lovelace');
  const page = await (await newDevice()).newTab();
  await signUp(page, ada);
  await untilShown(page, 'Ada Lovelace');
  await untilLive(page);
  const user = await findUser(ada.email);
  expect(user?.first_name).toBe('Ada');
  const created = await control<{ data: Delivery[] }>('GET', 'deliveries?limit=100&type=user.created');
  const own = created.data.find(({ body }) => JSON.stringify(body).includes(user?.id ?? 'nobody'));
  expect(own?.attempts.map(({ status }) => status)).toEqual([200]);
  const rows = await listRows(user?.id ?? '');
  expect(rows.map(({ kind }) => kind)).toContain('user');
});

story('a user signs out and in again', async ({ newDevice }) => {
  const ada = newPerson('Ada', 'Lovelace');
  const page = await (await newDevice()).newTab();
  await signUp(page, ada);
  await untilLive(page);
  await signOut(page);
  await open(page, '/threads');
  // The middleware sends those who are signed out to the form.
  expect(new URL(page.url()).pathname).toBe('/sign-in');
  await signIn(page, ada);
  await untilShown(page, 'Ada Lovelace');
  await untilLive(page);
});
