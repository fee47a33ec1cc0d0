/** The methods of the client and the operations of the API's description are the same. */

import { readFileSync } from 'node:fs';
import { expect, expectTypeOf, test } from 'vitest';
import type * as generated from '../src/generated/types.gen.js';
import { createUsher, type SearchQuery, type Usher } from '../src/index.js';
import { createStreams, type UsherStreams } from '../src/stream/index.js';

/** A path of the description: an operation for each method. */
type PathItem = Record<string, { operationId: string }>;

/** The method of each operation, and its arguments. An id is the name of its path parameter. */
const METHODS: Record<string, [name: string, ...unknown[]]> = {
  'create-exchange': ['exchanges.create', '{thread_id}', {}],
  'create-message': ['messages.create', '{thread_id}', {}],
  'create-reply': ['replies.create', '{thread_id}', { content: '' }],
  'create-thread': ['threads.create', {}],
  'delete-current-user': ['user.delete'],
  'delete-thread': ['threads.delete', '{thread_id}'],
  'export-current-user': ['user.export', () => {}],
  'get-current-user': ['user.get'],
  'get-login-status': ['user.status'],
  'get-settings': ['settings.get'],
  'get-thread': ['threads.get', '{thread_id}'],
  'get-user': ['users.get', '{user_id}'],
  'list-messages': ['messages.list', '{thread_id}'],
  'list-threads': ['threads.list'],
  search: ['search.list'],
  'resume-reply': ['replies.resume', '{thread_id}', '{message_id}'],
  'stop-reply': ['replies.stop', '{thread_id}', '{message_id}'],
  'update-settings': ['settings.update', {}],
  'update-thread': ['threads.update', '{thread_id}', {}],
};

/** Clerk calls it, and clients do not. */
const WEBHOOK = 'clerk-webhook';

/** Returns the operations of the description, each with its method and path. */
function operations(): Map<string, string> {
  const file = new URL('../../../infra/openapi.json', import.meta.url);
  const { paths } = JSON.parse(readFileSync(file, 'utf8')) as { paths: Record<string, PathItem> };
  const entries = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, { operationId }]): [string, string] => [
      operationId,
      `${method.toUpperCase()} ${path}`,
    ]),
  );
  const found = new Map(entries);
  expect(found.delete(WEBHOOK)).toBe(true);
  return found;
}

/** Returns all methods of a client by name, without those that are no operation of their own. */
function methods(usher: Usher, streams: UsherStreams): Map<string, (...arguments_: unknown[]) => Promise<unknown>> {
  const { request: _request, withToken: _withToken, live: _live, clear: _clear, ...groups } = usher;
  type Group = Record<string, (...arguments_: never[]) => Promise<unknown>>;
  const all = [...Object.entries(groups), ...Object.entries(streams)] as [string, Group][];
  const entries = all.flatMap(([group, methods]) =>
    Object.entries(methods).map(([name, method]): [string, typeof method] => [`${group}.${name}`, method]),
  );
  const callable = entries as [string, (...arguments_: unknown[]) => Promise<unknown>][];
  return new Map(callable.filter(([name]) => !name.endsWith('.all')));
}

test('every operation has one method, and every method an operation', async () => {
  let sent = '';
  const fetch = async (url: string, { method = 'GET' }: RequestInit) => {
    sent = `${method} ${decodeURIComponent(url)}`;
    return new Response('{}');
  };
  const options = { url: '', getToken: () => null, fetch };
  const found = methods(createUsher(options), createStreams(options));
  expect(Object.keys(METHODS).sort()).toEqual([...operations().keys()].sort());
  expect(
    Object.values(METHODS)
      .map(([name]) => name)
      .sort(),
  ).toEqual([...found.keys()].sort());
  for (const [operation, request] of operations()) {
    const [name = '', ...arguments_] = METHODS[operation] ?? [];
    // An empty answer is no export.
    await found
      .get(name)?.(...arguments_)
      .catch((error) => expect(error.name).toBe('IncompleteExportError'));
    expect(sent, operation).toBe(request);
  }
});

test('every method takes and returns the types of its operation', () => {
  type Result<Method extends (...arguments_: never[]) => Promise<unknown>> = Awaited<ReturnType<Method>>;
  type Body<Method extends (...arguments_: never[]) => unknown, Position extends number> = NonNullable<
    Parameters<Method>[Position]
  >;
  expectTypeOf<Result<Usher['exchanges']['create']>>().toEqualTypeOf<generated.CreateExchangeResponse>();
  expectTypeOf<Body<Usher['exchanges']['create'], 1>>().toEqualTypeOf<generated.CreateExchangeData['body']>();
  expectTypeOf<Result<Usher['messages']['create']>>().toEqualTypeOf<generated.CreateMessageResponse>();
  expectTypeOf<Body<Usher['messages']['create'], 1>>().toEqualTypeOf<generated.CreateMessageData['body']>();
  expectTypeOf<Result<Usher['messages']['list']>>().toEqualTypeOf<generated.ListMessagesResponse>();
  expectTypeOf<Result<Usher['search']['list']>>().toEqualTypeOf<generated.SearchResponse>();
  expectTypeOf<Body<Usher['search']['list'], 0>>().toEqualTypeOf<SearchQuery>();
  expectTypeOf<Omit<NonNullable<generated.SearchData['query']>, 'cursor'>>().toExtend<Omit<SearchQuery, 'cursor'>>();
  expectTypeOf<Result<Usher['threads']['create']>>().toEqualTypeOf<generated.CreateThreadResponse>();
  expectTypeOf<Body<Usher['threads']['create'], 0>>().toEqualTypeOf<generated.CreateThreadData['body']>();
  expectTypeOf<Result<Usher['threads']['get']>>().toEqualTypeOf<generated.GetThreadResponse>();
  expectTypeOf<Result<Usher['threads']['list']>>().toEqualTypeOf<generated.ListThreadsResponse>();
  expectTypeOf<Result<Usher['threads']['update']>>().toEqualTypeOf<generated.UpdateThreadResponse>();
  expectTypeOf<Body<Usher['threads']['update'], 1>>().toEqualTypeOf<generated.UpdateThreadData['body']>();
  expectTypeOf<Result<Usher['threads']['delete']>>().toEqualTypeOf<generated.DeleteThreadResponse>();
  expectTypeOf<Result<Usher['user']['delete']>>().toEqualTypeOf<generated.DeleteCurrentUserResponse>();
  expectTypeOf<Result<Usher['user']['get']>>().toEqualTypeOf<generated.GetCurrentUserResponse>();
  expectTypeOf<Result<Usher['user']['status']>>().toEqualTypeOf<generated.GetLoginStatusResponse>();
  expectTypeOf<Result<Usher['users']['get']>>().toEqualTypeOf<generated.GetUserResponse>();
  expectTypeOf<Result<Usher['settings']['get']>['values']>().toEqualTypeOf<generated.GetSettingsResponse>();
  expectTypeOf<Result<Usher['settings']['update']>['values']>().toEqualTypeOf<generated.UpdateSettingsResponse>();
  expectTypeOf<Body<Usher['settings']['update'], 0>>().toEqualTypeOf<generated.UpdateSettingsData['body']>();
});
