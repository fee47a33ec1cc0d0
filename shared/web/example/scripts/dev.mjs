/**
 * Starts all that this app needs, and the app itself: `npm run dev`. Options are passed on to `cargo dev`. Ctrl-C ends
 * everything.
 */

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { startStack } from './stack.mjs';

/** The page must be on `localhost`, because Next.js does not serve rewrites of its proxy on 127.0.0.1. */
const PORT = process.env.PORT ?? '3002';

// Ctrl-C reaches all processes of the terminal, and this one waits for the others.
process.on('SIGINT', () => {});
// Other signals reach this process alone.
const terminated = new Promise((resolve) => {
  for (const signal of ['SIGTERM', 'SIGHUP']) process.once(signal, resolve);
});

// The console opens the app there. The last `--app-url` counts.
const appUrl = ['--app-url', `http://localhost:${PORT}/sign-in`];
const stack = await startStack([...appUrl, ...process.argv.slice(2)]);
const cli = fileURLToPath(new URL('../node_modules/next/dist/bin/next', import.meta.url));
const next = spawn(process.execPath, [cli, 'dev', '--hostname', 'localhost', '--port', PORT], {
  cwd: fileURLToPath(new URL('..', import.meta.url)),
  env: { ...process.env, ...stack.environment },
  stdio: 'inherit',
});
console.log(`\nthe app:           http://localhost:${PORT}\nClerk's console:   ${stack.clerkUrl}\n`);
const nextEnded = new Promise((resolve) => next.once('close', resolve));
await Promise.race([nextEnded, stack.ended, terminated]);
next.kill('SIGTERM');
await Promise.all([nextEnded, stack.stop()]);
