/**
 * Makes a page of happy-dom that sends its requests as Node does, because the Clerk emulator refuses those of pages.
 * Import it before all modules that need a page.
 */

import { builtinEnvironments } from 'vitest/runtime';

const { fetch, Request, Response, Headers, FormData, AbortController, AbortSignal } = globalThis;
await builtinEnvironments['happy-dom'].setup(globalThis, {});
Object.assign(globalThis, { fetch, Request, Response, Headers, FormData, AbortController, AbortSignal });
