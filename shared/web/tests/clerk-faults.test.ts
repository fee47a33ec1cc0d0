/** What a client sees of Clerk's faults, which the controls of the emulator make: nothing but a later answer. */

import { expect, inject, test } from 'vitest';
import { createUsher, type UsherOptions } from '../src/index.js';
import { signUp } from './clerk.js';
import { holdWebhooks, injectFault } from './controls.js';

/** Returns a client, and the statuses of the answers that it has got. */
function createWatched(getToken: UsherOptions['getToken'], onStatus: (status: number) => void = () => {}) {
  const statuses: number[] = [];
  const usher = createUsher({
    url: inject('apiUrl'),
    getToken,
    fetch: async (url, init) => {
      const answer = await fetch(url, init);
      statuses.push(answer.status);
      onStatus(answer.status);
      return answer;
    },
  });
  return { usher, statuses };
}

test('a first request waits for the webhook while Clerk is down', async () => {
  const sendWebhooks = await holdWebhooks();
  const { userId, getToken } = await signUp();
  const token = await getToken();
  await injectFault({ fault: 'unavailable', method: 'GET', path: `/v1/users/${userId}` });
  let sent: Promise<void> | undefined;
  const { usher, statuses } = createWatched(
    () => token,
    () => {
      sent ??= sendWebhooks();
    },
  );
  expect((await usher.user.get()).id).toBe(userId);
  await sent;
  expect(statuses.length).toBeGreaterThan(1);
  expect(statuses).toEqual([...Array(statuses.length - 1).fill(404), 200]);
});

test('a first request needs no webhook while Clerk is slow', async () => {
  await holdWebhooks();
  const { userId, getToken } = await signUp();
  const token = await getToken();
  await injectFault({ fault: 'delay', delay_ms: 300, method: 'GET', path: `/v1/users/${userId}` });
  const { usher, statuses } = createWatched(() => token);
  const start = performance.now();
  expect((await usher.user.get()).id).toBe(userId);
  expect(performance.now() - start).toBeGreaterThan(290);
  expect(statuses).toEqual([200]);
});

test('a deletion that Clerk refuses for now is repeated', async () => {
  for (const fault of [
    // The API asks Clerk three times before it answers.
    { fault: 'unavailable', times: 3 },
    // It does not wait this long for Clerk.
    { fault: 'rate_limited', retry_after_seconds: 60, times: 1 },
  ]) {
    const { userId, getToken } = await signUp();
    const token = await getToken();
    await injectFault({ ...fault, method: 'DELETE', path: `/v1/users/${userId}` });
    const { usher, statuses } = createWatched(() => token);
    await usher.user.delete();
    expect(statuses).toEqual([503, 202]);
  }
});
