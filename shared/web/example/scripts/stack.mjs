/** Starts `cargo dev`: Usher's API, its table, and an emulator of Clerk with the scripts that the pages of this app load. */

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/**
 * A running `cargo dev`.
 *
 * @typedef {object} Stack
 * @property {string} apiUrl the URL of Usher's API.
 * @property {string} clerkUrl the URL of the Clerk emulator. A browser shows its console there.
 * @property {string} modelUrl the URL of the model emulator. Its control routes tell it what to reply.
 * @property {Record<string, string>} environment the variables of this app.
 * @property {Promise<void>} ended resolves when `cargo dev` has ended, for whatever reason.
 * @property {() => Promise<void>} stop ends it.
 */

/**
 * Starts `cargo dev` and waits until it serves. The first time, this takes as long as the build.
 *
 * @param {string[]} [options] further options of `cargo dev`.
 * @param {(log: string) => void} [onLog] is told each part of its log. Without it, the log is on standard error.
 * @returns {Promise<Stack>}
 */
export async function startStack(options = [], onLog) {
  const root = fileURLToPath(new URL('../../../..', import.meta.url));
  const scripts = fileURLToPath(new URL('../node_modules', import.meta.url));
  // Variables of a Clerk instance of the developer would make a stack for that instance.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('CLERK_')));
  const cargo = spawn('cargo', ['dev', '--clerk-scripts', scripts, ...options], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', onLog ? 'pipe' : 'inherit'],
  });
  cargo.stderr?.setEncoding('utf8').on('data', (chunk) => onLog?.(chunk));
  const ended = new Promise((resolve) => cargo.once('close', () => resolve(undefined)));
  let output = '';
  for await (const line of createInterface({ input: cargo.stdout })) {
    output += `${line}\n`;
    if (line.startsWith('CLERK=')) break;
  }
  // The rest of the tour is dropped, so that the pipe never fills.
  cargo.stdout.resume();
  const [, apiUrl, clerkUrl] = /^ready: api (\S+) clerk (\S+)/m.exec(output) ?? [];
  const [, secretKey] = / KEY=(\S+)/.exec(output) ?? [];
  // There is none if the environment has another model.
  const [, modelUrl = ''] = /^# (\S+) is the model emulator/m.exec(output) ?? [];
  if (!apiUrl || !clerkUrl || !secretKey) throw new Error('cargo dev did not start');
  const environment = {
    // Those for Clerk's packages are printed as comments.
    ...Object.fromEntries([...output.matchAll(/^# (\w+)=(\S+)$/gm)].map(([, name, value]) => [name, value])),
    CLERK_SECRET_KEY: secretKey,
    NEXT_PUBLIC_USHER_URL: apiUrl,
    // Next.js sends nothing to another machine.
    NEXT_TELEMETRY_DISABLED: '1',
  };
  const stop = () => {
    cargo.kill('SIGINT');
    return ended;
  };
  return { apiUrl, clerkUrl, modelUrl, environment, ended, stop };
}
