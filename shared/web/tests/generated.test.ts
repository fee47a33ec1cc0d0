/** The committed types are those of the API's description. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');

test('the types are those of infra/openapi.json', () => {
  const directory = mkdtempSync(join(tmpdir(), 'usher-web-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const bin = join(root, 'node_modules/.bin/openapi-ts');
  execFileSync(bin, ['--silent'], { cwd: root, env: { ...process.env, OUTPUT: directory }, stdio: 'pipe' });
  const read = (folder: string) => readFileSync(join(folder, 'types.gen.ts'), 'utf8');
  expect(read(join(root, 'src/generated')) === read(directory), 'run `npm run generate`').toBe(true);
});
