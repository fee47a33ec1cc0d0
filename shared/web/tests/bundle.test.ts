/** The package as a bundler sees it. */

import { createContext, runInContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { expect, inject, test } from 'vitest';
import type { createUsher } from '../src/index.js';
import { signUp } from './clerk.js';

/** The maximum size of the whole package, minified and compressed by gzip, in bytes. */
const MAX_BYTES = 5 * 1024;

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
async function bundle(format: 'esm' | 'iife'): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: ['src/index.ts'],
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

test('the package has at most 5 KB', async () => {
  const bytes = gzipSync(await bundle('esm'), { level: 9 }).length;
  console.log(`minified and compressed: ${bytes} bytes`);
  expect(bytes).toBeLessThanOrEqual(MAX_BYTES);
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
