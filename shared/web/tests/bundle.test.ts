/** The package as a bundler sees it. */

import { createContext, runInContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { expect, inject, test } from 'vitest';
import type { createUsher } from '../src/index.js';
import { signUp } from './clerk.js';

/** The maximum size of the client, minified and compressed by gzip, in bytes. */
const MAX_BYTES = 5 * 1024;
/** The maximum size of what React apps have in addition. */
const MAX_REACT_BYTES = 4 * 1024;

/** The maximum size of what pages that stream have in addition. */
const MAX_STREAM_BYTES = 4 * 1024;
/** The maximum size of the hooks of these pages. */
const MAX_STREAM_REACT_BYTES = 1.5 * 1024;

/** The maximum size of the part for the AI SDK, without the AI SDK itself. It has the requests of the streams in it. */
const MAX_AI_BYTES = 3 * 1024;

/** The peers of the part for React, and the modules of the client that it shares. */
const NOT_OF_REACT = [
  'react',
  'react/jsx-runtime',
  '@tanstack/react-query',
  '../error.js',
  '../retry.js',
  '../token.js',
];

/** The modules of the client that the part for streams shares. */
const NOT_OF_STREAM = ['../error.js', '../limit.js', '../retry.js', '../token.js'];

/** The peers of the hooks for streams, and the modules of the client and of the part for React that they share. */
const NOT_OF_STREAM_REACT = [
  'react',
  '@tanstack/react-query',
  '../../error.js',
  '../../limit.js',
  '../../react/bells.js',
  '../../react/context.js',
  '../../react/mutation-hooks.js',
];

/** The globals that browsers, Node 20, Next.js and edge runtimes have in common, and that the package uses. */
const STANDARD = {
  AbortController,
  atob,
  clearTimeout,
  crypto,
  fetch,
  Headers,
  performance,
  setTimeout,
  URLSearchParams,
};

/** Bundles the package for no platform in particular, so an import of a module of Node fails. */
async function bundle(format: 'esm' | 'iife', entry = 'src/index.ts', external: string[] = []): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    external,
    jsx: 'automatic',
    bundle: true,
    minify: true,
    write: false,
    platform: 'neutral',
    target: 'es2022',
    format,
    globalName: 'usher',
  });
  return outputFiles[0]?.text ?? '';
}

test.each([
  ['the client', MAX_BYTES, 'src/index.ts', []],
  ['the part for React', MAX_REACT_BYTES, 'src/react/index.ts', NOT_OF_REACT],
  ['the part for streams', MAX_STREAM_BYTES, 'src/stream/index.ts', NOT_OF_STREAM],
  ['the part for the AI SDK', MAX_AI_BYTES, 'src/ai/index.ts', ['ai', ...NOT_OF_STREAM]],
  ['the hooks for streams', MAX_STREAM_REACT_BYTES, 'src/stream/react/index.ts', NOT_OF_STREAM_REACT],
])('%s has at most %i bytes', async (_name, maximum, entry, external) => {
  const bytes = gzipSync(await bundle('esm', entry, external), { level: 9 }).length;
  console.log(`${entry}, minified and compressed: ${bytes} bytes`);
  expect(bytes).toBeLessThanOrEqual(maximum);
});

test('the package needs only web standards', async () => {
  const context = createContext({ ...STANDARD });
  runInContext(await bundle('iife'), context);
  const create = context.usher.createUsher as typeof createUsher;
  const { userId, getToken } = await signUp();
  const usher = create({ url: inject('apiUrl'), getToken });
  const { id } = await usher.threads.create({ title: 'Plans' });
  expect((await usher.threads.list()).items.map((thread) => thread.id)).toEqual([id]);
  expect((await usher.user.get()).id).toBe(userId);
  await expect(usher.users.get('user_unknown')).rejects.toMatchObject({ code: 'not-found' });
});
