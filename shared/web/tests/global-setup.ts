/** Starts `cargo dev` once for all tests. */

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    apiUrl: string;
    clerkUrl: string;
    clerkSecretKey: string;
    /** The URL of the model emulator. */
    modelUrl: string;
    /** Where the emulator keeps its key. */
    dataDirectory: string;
  }
}

/** Starts the stack at free ports and waits until it is ready. Returns the function that stops it. */
export default async function start(project: TestProject): Promise<() => Promise<void>> {
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  const data = await mkdtemp(join(tmpdir(), 'usher-web-'));
  const cargo = spawn('cargo', ['dev', '--port', '0', '--data', data], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => cargo.once('close', () => resolve()));
  let output = '';
  let log = '';
  cargo.stderr.on('data', (chunk) => {
    log += chunk;
  });
  for await (const line of createInterface({ input: cargo.stdout })) {
    output += `${line}\n`;
    if (line.startsWith('CLERK=')) break;
  }
  // The rest of the tour is dropped, so that the pipe never fills.
  cargo.stdout.resume();
  const [, apiUrl, clerkUrl] = /^ready: api (\S+) clerk (\S+)/m.exec(output) ?? [];
  const [, clerkSecretKey] = / KEY=(\S+)/.exec(output) ?? [];
  const [, modelUrl] = /^# (\S+) is the model emulator/m.exec(output) ?? [];
  if (!apiUrl || !clerkUrl || !clerkSecretKey || !modelUrl) throw new Error(`cargo dev did not start: ${output}${log}`);
  project.provide('apiUrl', apiUrl);
  project.provide('clerkUrl', clerkUrl);
  project.provide('clerkSecretKey', clerkSecretKey);
  project.provide('modelUrl', modelUrl);
  project.provide('dataDirectory', data);
  return async () => {
    cargo.kill('SIGINT');
    await ended;
    await rm(data, { recursive: true });
  };
}
