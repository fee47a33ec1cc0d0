/** How answers become errors. */

import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, inject, test } from 'vitest';
import { createUsher, UsherError } from '../src/index.js';
import { signUp } from './clerk.js';

/** Returns the error of a call whose request gets this answer. */
async function errorOf(answer: Response): Promise<UsherError> {
  const usher = createUsher({ url: '', getToken: () => null, fetch: async () => answer, tries: 1 });
  const error = await usher.threads.list().catch((error: unknown) => error);
  if (!(error instanceof UsherError)) throw error;
  return error;
}

test('a problem of the API has all its members', async () => {
  const usher = createUsher({ url: inject('apiUrl'), getToken: (await signUp()).getToken });
  const error = await usher.threads.create({ title: ' ' }).catch((error: unknown) => error);
  expect(error).toMatchObject({
    name: 'UsherError',
    status: 422,
    code: 'invalid-field',
    requestId: expect.stringMatching(/./),
    errors: [{ field: 'title', detail: expect.stringContaining('1 to 200 characters') }],
    retryAfter: undefined,
    problem: { title: 'Unprocessable request' },
  });
  expect(String(error)).toMatch(/^UsherError: 422 invalid-field: title must be/);
});

test('errors of API Gateway have a code and its request id', async () => {
  const headers = { 'apigw-requestid': 'a1' };
  const answer = (status: number, message: string) => new Response(JSON.stringify({ message }), { status, headers });
  expect(await errorOf(answer(429, 'Too Many Requests'))).toMatchObject({
    status: 429,
    code: 'throttled',
    detail: 'Too Many Requests',
    requestId: 'a1',
    errors: [],
    problem: undefined,
  });
  expect(await errorOf(answer(404, 'Not Found'))).toMatchObject({ code: 'unexpected' });
  expect(await errorOf(answer(413, 'Request Entity Too Large'))).toMatchObject({ code: 'too-large' });
  expect(await errorOf(answer(500, 'Internal Server Error'))).toMatchObject({ code: 'internal' });
  expect(await errorOf(answer(503, 'Service Unavailable'))).toMatchObject({ code: 'unavailable' });
});

test('an answer that is not JSON is an error, even with 200', async () => {
  const page = '<html>Sign in to this Wi-Fi</html>';
  expect(await errorOf(new Response(page))).toMatchObject({ status: 200, code: 'unexpected' });
  expect(await errorOf(new Response(page, { status: 504 }))).toMatchObject({ status: 504, code: 'unavailable' });
  for (const body of ['null', '3', '"text"', '[]', '{"type":1}', ''])
    expect(await errorOf(new Response(body, { status: 400 }))).toMatchObject({ status: 400, code: 'unexpected' });
});

test('a Retry-After that is no time is left out', async () => {
  const retryAfter = async (value: string) =>
    (await errorOf(new Response('', { status: 503, headers: { 'retry-after': value } }))).retryAfter;
  expect(await retryAfter('7')).toBe(7);
  expect(await retryAfter('soon')).toBeUndefined();
  expect(await retryAfter('-1')).toBeUndefined();
  expect(await retryAfter('Wed, 21 Oct 2015 07:28:00 GMT')).toBeUndefined();
});

test('a request without an answer is a network error', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  const usher = createUsher({ url: `http://127.0.0.1:${port}`, getToken: () => null, tries: 1 });
  const error = await usher.threads.list().catch((error: unknown) => error);
  expect(error).toMatchObject({ status: 0, code: 'network', detail: expect.stringContaining('ECONNREFUSED') });
});
