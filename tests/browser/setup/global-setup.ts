/** Starts the stack, the relay's port, and the example built for them, once for all stories. */

import { appendFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { startStack } from '../../../shared/web/example/scripts/stack.mjs';
import { startExample } from './example.js';

/** The log of the stack, which tells why a request has failed. */
const LOG = fileURLToPath(new URL('../stack.log', import.meta.url));

declare module 'vitest' {
  interface ProvidedContext {
    /** The URL of Usher's API. */
    apiUrl: string;
    /** The port at which the relay in front of the API must listen, because the example was built for it. */
    relayPort: number;
    /** The URL of the Clerk emulator and its console. */
    clerkUrl: string;
    /** The URL of the model emulator. */
    modelUrl: string;
    /** The URL of the example. */
    exampleUrl: string;
  }
}

/** Starts everything and waits until it is ready. Returns the function that stops it. */
export default async function start(project: TestProject): Promise<() => Promise<void>> {
  await writeFile(LOG, '');
  const stack = await startStack(['--port', '0'], (chunk) => appendFileSync(LOG, chunk)).catch((error: Error) => {
    throw new Error(`${error.message}, see ${LOG}`);
  });
  try {
    const relayPort = await freePort();
    const variables = { ...stack.environment, NEXT_PUBLIC_USHER_URL: `http://127.0.0.1:${relayPort}` };
    const example = await startExample(variables, await freePort());
    project.provide('apiUrl', stack.apiUrl);
    project.provide('relayPort', relayPort);
    project.provide('clerkUrl', stack.clerkUrl);
    project.provide('modelUrl', stack.modelUrl);
    project.provide('exampleUrl', example.url);
    return async () => {
      await example.stop();
      await stack.stop();
    };
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

/** Returns a port at which nobody listens. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (!address || typeof address === 'string') throw new Error('no port');
  return address.port;
}
