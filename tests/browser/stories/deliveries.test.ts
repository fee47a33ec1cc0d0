import { expect } from 'vitest';
import { newPerson, signUp, untilLive } from '../browser/chat.js';
import { openConsole, openDelivery, press, renameUser, selectUser, untilAttempt } from '../browser/console.js';
import { untilShown } from '../browser/dom.js';
import { story } from '../browser/story.js';
import { watchFor } from '../browser/witness.js';

story('webhooks in any order, late, lost or forged leave the newest name', async ({ newDevice }) => {
  const app = await (await newDevice()).newTab();
  await signUp(app, newPerson('Ada', 'Lovelace'));
  await untilLive(app);
  const console_ = await (await newDevice()).newTab();
  await openConsole(console_);
  await selectUser(console_, 'Ada Lovelace');

  await press(console_, '#delivery-mode input[value=hold]');
  for (const name of ['First', 'Second', 'Third', 'Fourth']) await renameUser(console_, name, 'Lovelace');
  const item = (name: string) => openDelivery(console_, 'user.updated', name);
  const [first, second, third, fourth] = [
    await item('First'),
    await item('Second'),
    await item('Third'),
    await item('Fourth'),
  ];
  await press(console_, `${fourth} [data-action="Lose"]`);
  await console_.locator(`${third} [data-action=choose]`).click();
  await console_.locator(`${second} [data-action=choose]`).click();
  await press(console_, '#release-in-order');
  await untilShown(app, 'Third Lovelace');
  const witness = await watchFor(app, ['First Lovelace', 'Second Lovelace', 'Ada King']);
  await press(console_, `${first} [data-action="Release"]`);
  await untilAttempt(console_, first, 200);

  await press(console_, `${second} [data-action="Repeat"]`);
  await press(console_, `${second} [data-action="Corrupt the signature"]`);
  await untilAttempt(console_, second, 400);
  await press(console_, `${second} [data-action="Replay last week's"]`);
  await press(console_, `${second} [data-action="Replay last week's, signed now"]`);
  await untilShown(app, 'Third Lovelace');

  await press(console_, '#delivery-mode input[value=drop]');
  await renameUser(console_, 'Lost', 'Lovelace');
  await press(console_, '#delivery-mode input[value=send]');
  await renameUser(console_, 'Ada', 'King');
  await untilShown(app, 'Ada King');
  expect([...witness.seen]).toEqual(['Ada King']);
});
