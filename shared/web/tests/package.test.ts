/** The package as an app installs it, and the examples of its README. */

import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const read = (name: string) => readFileSync(join(root, name), 'utf8');

/** Returns a new directory that is removed after the test. */
function createDirectory(parent: string): string {
  const directory = mkdtempSync(join(parent, 'usher-web-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}

/** Returns the blocks of the README in this language. */
const blocks = (language: string) =>
  [...read('README.md').matchAll(/^```(\w+)\n(.*?)^```/gms)]
    .filter((block) => block[1] === language)
    .map((block) => block[2] ?? '');

test('the commands of the README install the package', () => {
  const [ci, pack, install, ...others] = (blocks('sh')[0] ?? '').trim().split('\n');
  expect([ci, others]).toEqual(['npm ci', []]);
  const directory = createDirectory(tmpdir());
  const app = createDirectory(tmpdir());
  writeFileSync(join(app, 'package.json'), '{"type": "module"}');
  // The example has packages of its own, which take long to copy.
  for (const name of readdirSync(root))
    if (!['node_modules', 'dist', 'example'].includes(name))
      cpSync(join(root, name), join(directory, name), { recursive: true });
  // Instead of `npm ci`, which needs a registry.
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
  const env = { ...process.env, APP: app, npm_config_offline: 'true' };
  const run = (command: string, cwd: string) =>
    execFileSync('sh', ['-ec', command], { cwd, env, encoding: 'utf8', stdio: 'pipe' });
  run(`${pack}\n${install}`, directory);
  const installed = readdirSync(join(app, 'node_modules/@usher/client/dist'));
  expect(installed).toContain('index.d.ts');
  expect(installed).toContain('react');
  const script = "import('@usher/client').then((package_) => console.log(Object.keys(package_).sort().join()))";
  expect(run(`node -e "${script}"`, app)).toBe('UsherError,createUsher\n');
});

const CLERK = `
type GetToken = (options?: { template?: string; organizationId?: string; skipCache?: boolean }) => Promise<string | null>;
type UseAuth = () =>
  | { isLoaded: false; isSignedIn: undefined; userId: undefined; sessionId: undefined; orgId: undefined; orgRole: undefined; getToken: GetToken }
  | { isLoaded: true; isSignedIn: false; userId: null; sessionId: null; orgId: null; orgRole: null; getToken: GetToken }
  | { isLoaded: true; isSignedIn: true; userId: string; sessionId: string; orgId: string | null; orgRole: string | null; getToken: GetToken };
type ReactNode = import('react').ReactNode;
declare module '@clerk/react' {
  export const useAuth: UseAuth;
  export function SignInButton(): ReactNode;
  export function ClerkProvider(props: { publishableKey: string; children: ReactNode }): ReactNode;
}
declare module '@clerk/nextjs' {
  export const useAuth: UseAuth;
  export function SignInButton(): ReactNode;
}
declare module '@clerk/nextjs/server' {
  export function clerkMiddleware(): (request: Request) => Promise<Response>;
  export function auth(): Promise<{
    userId: string | null;
    sessionId: string | null;
    orgId: string | null | undefined;
    orgRole: string | null | undefined;
    getToken: (options?: { template?: string; expiresInSeconds?: number }) => Promise<string | null>;
  }>;
}
`;

test('the examples of the README compile', () => {
  const directory = createDirectory(join(root, 'node_modules'));
  for (const language of ['ts', 'tsx']) {
    const examples = blocks(language);
    expect(examples.length).toBeGreaterThan(2);
    examples.forEach((example, index) => {
      writeFileSync(join(directory, `example-${index}.${language}`), example);
    });
  }
  writeFileSync(join(directory, 'package.json'), '{"type": "module"}');
  // The parts of Clerk that the examples use, with the types of @clerk/react 6 and @clerk/nextjs 7.
  writeFileSync(join(directory, 'modules.d.ts'), CLERK);
  const compilerOptions = {
    paths: {
      '@usher/client': [join(root, 'src/index.ts')],
      '@usher/client/ai': [join(root, 'src/ai/index.ts')],
      '@usher/client/react': [join(root, 'src/react/index.ts')],
      '@usher/client/stream': [join(root, 'src/stream/index.ts')],
      '@usher/client/stream/react': [join(root, 'src/stream/react/index.ts')],
    },
    typeRoots: [join(root, 'node_modules/@types')],
  };
  writeFileSync(
    join(directory, 'tsconfig.json'),
    JSON.stringify({ extends: join(root, 'tsconfig.json'), compilerOptions, include: ['.'] }),
  );
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  try {
    execFileSync('node', [tsc, '-p', directory], { encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    expect((error as { stdout: string }).stdout).toBe('');
  }
});

test('the package needs no other, and its lock file no registry', () => {
  expect(JSON.parse(read('package.json'))).not.toHaveProperty('dependencies');
  expect(read('package-lock.json')).not.toContain('"resolved"');
});
