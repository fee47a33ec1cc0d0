/** Builds the example and starts it as in production. */

import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../../shared/web/example/', import.meta.url));

/** A running example. */
export interface Example {
  url: string;
  stop(): Promise<void>;
}

/** Builds the example with these variables, and starts it at a port. */
export async function startExample(variables: Record<string, string>, port: number): Promise<Example> {
  const env = { ...process.env, NODE_ENV: 'production' as const, ...variables };
  const next = (...args: string[]) =>
    spawn(process.execPath, [`${FOLDER}node_modules/next/dist/bin/next`, ...args], {
      cwd: FOLDER,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const build = next('build');
  const output = collect(build);
  if ((await ended(build)) !== 0) throw new Error(`next build failed: ${output()}`);
  const server = next('start', '--hostname', 'localhost', '--port', String(port));
  const log = collect(server);
  const url = `http://localhost:${port}`;
  for await (const line of createInterface({ input: server.stdout })) {
    if (line.includes('Ready in')) {
      // The rest is dropped, so that the pipe never fills.
      server.stdout.resume();
      const stop = async () => {
        const end = ended(server);
        server.kill('SIGTERM');
        await end;
      };
      return { url, stop };
    }
  }
  throw new Error(`next start failed: ${log()}`);
}

/** Collects what a process prints. */
function collect(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk) => {
      text += chunk;
    });
  return () => text;
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once('close', resolve));
}
