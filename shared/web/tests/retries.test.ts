/**
 * What is repeated, when, and how often.
 *
 * The faults here are between client and API: a cut connection, a lost answer, API Gateway's 429 and 5xx, DynamoDB's
 * conflicts. The Clerk emulator cannot make them, so a proxy does. Clerk's own faults are in `clerk-faults.test.ts`.
 */

import { beforeEach, expect, test, vi } from 'vitest';
import { createUsher, type Usher, UsherError, type UsherOptions } from '../src/index.js';
import { waitBeforeRepeat } from '../src/retry.js';
import { signUp } from './clerk.js';
import { type FaultProxy, startFaultProxy } from './fault-proxy.js';

let proxy: FaultProxy;

/** Returns a client of a new user whose requests pass the proxy. Without `Retry-After`, it does not wait. */
async function createClient(options: Partial<UsherOptions> = {}): Promise<Usher> {
  vi.spyOn(Math, 'random').mockReturnValue(0);
  const { getToken } = await signUp();
  return createUsher({ url: proxy.url, getToken, ...options });
}

/** A problem of the API. */
const problem = (status: number, code: string, retryAfter?: string) => ({
  status,
  headers: { 'content-type': 'application/problem+json', ...(retryAfter && { 'retry-after': retryAfter }) },
  body: JSON.stringify({ type: `urn:usher:problem:${code}`, title: 'T', status, detail: 'd', request_id: 'r' }),
});

beforeEach(async () => {
  proxy = await startFaultProxy();
});

test('every kind of temporary failure is repeated', async () => {
  const usher = await createClient({ tries: 9 });
  proxy.faults = [
    'cut',
    'lose',
    { status: 429, body: '{"message":"Too Many Requests"}' },
    { status: 502 },
    problem(503, 'unavailable'),
    { status: 504 },
    problem(409, 'conflict'),
  ];
  expect((await usher.threads.list()).items).toEqual([]);
  expect(proxy.seen).toHaveLength(8);
});

test('other failures are not repeated', async () => {
  const usher = await createClient();
  for (const fault of [
    { status: 400 },
    problem(403, 'user-banned'),
    problem(404, 'not-found'),
    problem(409, 'not-known-yet'),
    problem(422, 'invalid-field'),
    { status: 500 },
    { status: 501 },
    { status: 505 },
  ]) {
    proxy.faults = [fault];
    await expect(usher.threads.list()).rejects.toMatchObject({ status: fault.status });
  }
  expect(proxy.seen).toHaveLength(8);
});

test('a creation whose answer is lost creates one row', async () => {
  const usher = await createClient();
  proxy.faults = ['lose', 'lose'];
  const creation = usher.threads.create({ title: 'Plans' });
  const thread = await creation;
  expect(proxy.seen.map(({ status }) => status)).toEqual([201, 201, 201]);
  expect(proxy.seen.map(({ headers }) => headers['idempotency-key'])).toEqual(Array(3).fill(creation.idempotencyKey));
  expect(creation.idempotencyKey).toMatch(/^[0-9a-f]{32}$/);
  expect((await usher.threads.list()).items).toEqual([thread]);
});

test("a caller's key makes two calls one", async () => {
  const usher = await createClient();
  const idempotencyKey = 'plans-1';
  const first = await usher.threads.create({ title: 'Plans' }, { idempotencyKey });
  const second = usher.threads.create({ title: 'Plans' }, { idempotencyKey });
  expect(second.idempotencyKey).toBe(idempotencyKey);
  expect(await second).toEqual(first);
  const other = usher.threads.create({ title: 'Others' }, { idempotencyKey });
  await expect(other).rejects.toMatchObject({ status: 422, code: 'idempotency-key-reused' });
});

test('a lost deletion or change is repeated', async () => {
  const usher = await createClient();
  const { id } = await usher.threads.create();
  proxy.faults = ['lose'];
  expect((await usher.threads.update(id, { title: 'New' })).title).toBe('New');
  proxy.faults = ['lose'];
  await usher.threads.delete(id);
  expect(proxy.seen.map(({ status }) => status)).toEqual([201, 200, 200, 204, 204]);
});

test('a lost change with If-Match is not repeated', async () => {
  const usher = await createClient();
  const { etag: ifMatch } = await usher.settings.get();
  proxy.faults = ['lose'];
  await expect(usher.settings.update({ theme: 'dark' }, { ifMatch })).rejects.toMatchObject({ code: 'network' });
  proxy.faults = [{ status: 503 }];
  await expect(usher.settings.update({ theme: 'dark' }, { ifMatch })).rejects.toMatchObject({ status: 503 });
  proxy.faults = [problem(409, 'conflict'), { status: 429 }, problem(503, 'keys-unavailable')];
  // It reached the API in the end, and the lost change had been made.
  await expect(usher.settings.update({ theme: 'dark' }, { ifMatch })).rejects.toMatchObject({ status: 412 });
  expect(proxy.seen.map(({ status }) => status)).toEqual([200, 200, undefined, undefined, undefined, undefined, 412]);
});

test('a repeat waits for Retry-After, in seconds or as a date', async () => {
  const usher = await createClient();
  proxy.faults = [problem(503, 'unavailable', '1')];
  let start = performance.now();
  await usher.threads.list();
  expect(performance.now() - start).toBeGreaterThan(990);
  const inTwoSeconds = new Date(Date.now() + 2000).toUTCString();
  proxy.faults = [problem(503, 'unavailable', inTwoSeconds)];
  start = performance.now();
  await usher.threads.list();
  // The date has whole seconds.
  expect(performance.now() - start).toBeGreaterThan(900);
});

test('a wait that would end too late is not begun', async () => {
  const usher = await createClient({ timeout: 20_000 });
  proxy.faults = [problem(503, 'unavailable', '30')];
  const start = performance.now();
  await expect(usher.threads.list()).rejects.toMatchObject({ code: 'unavailable', retryAfter: 30 });
  expect(performance.now() - start).toBeLessThan(15_000);
});

test('waits are random, and their bound doubles up to 5 s', () => {
  const random = vi.spyOn(Math, 'random').mockReturnValue(0.5);
  const waits = [1, 2, 3, 6, 7, 100].map((tries) => waitBeforeRepeat(new UsherError(0, 'network', ''), tries));
  expect(waits).toEqual([100, 200, 400, 2500, 2500, 2500]);
  random.mockReturnValue(0);
  expect(waitBeforeRepeat(new UsherError(503, 'unavailable', '', { retryAfter: 2 }), 1)).toBe(2000);
});

test('the tries are bounded', async () => {
  const usher = await createClient();
  proxy.faults = Array(10).fill('cut');
  await expect(usher.threads.create()).rejects.toMatchObject({ status: 0, code: 'network' });
  expect(proxy.seen).toHaveLength(6);
  await expect(usher.threads.create({}, { tries: 2 })).rejects.toMatchObject({ code: 'network' });
  expect(proxy.seen).toHaveLength(8);
});

test('a try without an answer is ended and repeated', async () => {
  const usher = await createClient({ tryTimeout: 1000 });
  proxy.faults = ['hang'];
  expect((await usher.threads.list()).items).toEqual([]);
  expect(proxy.seen).toHaveLength(2);
});
