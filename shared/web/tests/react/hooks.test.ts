/** Every route has a hook and, if it reads, a query. Only files that need React are marked for browsers. */

import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { QueryClient } from '@tanstack/react-query';
import { expect, test, vi } from 'vitest';
import { createUsher } from '../../src/index.js';
import * as react from '../../src/react/index.js';
import * as streamReact from '../../src/stream/react/index.js';

/** The hook of each operation, the one that suspends, and the query. */
const HOOKS: Record<string, [hook: string, suspends?: string, query?: string]> = {
  'create-exchange': ['useCreateExchange'],
  'create-message': ['useCreateMessage'],
  'create-thread': ['useCreateThread'],
  'delete-current-user': ['useDeleteCurrentUser'],
  'delete-thread': ['useDeleteThread'],
  'get-current-user': ['useCurrentUser', 'useSuspenseCurrentUser', 'user'],
  'get-login-status': ['useLoginStatus', 'useSuspenseLoginStatus', 'status'],
  'get-settings': ['useSettings', 'useSuspenseSettings', 'settings'],
  'get-thread': ['useThread', 'useSuspenseThread', 'thread'],
  'get-user': ['useUserCard', 'useSuspenseUserCard', 'userCard'],
  'list-messages': ['useMessages', 'useSuspenseMessages', 'messages'],
  'list-threads': ['useThreads', 'useSuspenseThreads', 'threads'],
  // To suspend would take away the text that is being typed.
  search: ['useSearch', '', 'search'],
  'update-settings': ['useUpdateSettings'],
  'update-thread': ['useUpdateThread'],
};

/** The hooks of the streaming API, which have no query. */
const STREAM_HOOKS = ['useExport', 'useReply'];

/** The hooks that are no route. */
const OTHERS = ['useLiveStatus', 'useUsher', 'useUsherAuth', 'useUsherQueries'];

test('every operation has its hooks, and every hook an operation', () => {
  const file = new URL('../../../../infra/openapi.json', import.meta.url);
  const { paths } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Record<string, Record<string, object>>>;
  const operations = Object.values(paths ?? {}).flatMap((item) =>
    Object.entries(item).map(([method, operation]) => [(operation as { operationId: string }).operationId, method]),
  );
  const without = ['clerk-webhook', 'create-reply', 'export-current-user', 'resume-reply', 'stop-reply'];
  const ours = operations.filter(([id]) => !without.includes(id ?? ''));
  expect(ours.map(([id]) => id).sort()).toEqual(Object.keys(HOOKS).sort());
  for (const [id = '', method] of ours) expect(HOOKS[id]?.length, id).toBe(method === 'get' ? 3 : 1);

  const hooks = Object.values(HOOKS).flatMap(([hook, suspends]) => (suspends ? [hook, suspends] : [hook]));
  expect(Object.keys(streamReact)).toEqual(STREAM_HOOKS);
  const exported = Object.keys(react).filter((name) => name.startsWith('use') && name !== 'usherQueries');
  expect(exported.sort()).toEqual([...hooks, ...OTHERS].sort());

  const { key, ...queries } = react.usherQueries(createUsher({ url: '/api' }), {
    sessionId: 's',
    getToken: () => null,
  });
  const expected = Object.values(HOOKS).flatMap(([, , query]) => query ?? []);
  expect(Object.keys(queries).sort()).toEqual(expected.sort());
  expect(key('notes')).toEqual(['usher', 's,,', 'notes']);
});

test('a server does not wait for a user whose webhook is late', async () => {
  const fetch = vi.fn(async () =>
    Response.json({ type: 'urn:usher:problem:user-not-synced' }, { status: 404, headers: { 'retry-after': '1' } }),
  );
  const queries = react.usherQueries(createUsher({ url: '/api', fetch }), { sessionId: 's', getToken: () => null });
  const queryClient = new QueryClient();
  await queryClient.prefetchQuery(queries.user());
  expect(fetch).toHaveBeenCalledTimes(1);
  expect(queryClient.getQueryState(queries.user().queryKey)?.error).toMatchObject({ code: 'user-not-synced' });
});

test('a file is marked for browsers if it needs React, and only then', () => {
  const directory = resolve(import.meta.dirname, '../../src/react');
  const marked = readdirSync(directory).filter((name) => {
    const text = readFileSync(join(directory, name), 'utf8');
    const isMarked = text.startsWith("'use client';\n");
    // A value that React or TanStack Query has only outside of server components.
    const needsReact = /import (?!type)[^;]*\b(use[A-Z]\w+|createContext|QueryClientProvider)[^;]* from/.test(text);
    expect(isMarked, name).toBe(needsReact && name !== 'index.ts');
    return isMarked;
  });
  expect(marked).toEqual(['context.ts', 'gates.tsx', 'mutation-hooks.ts', 'provider.tsx', 'query-hooks.ts']);
});
