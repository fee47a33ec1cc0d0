/** Generates the types of the API. The transport is written by hand, because it repeats requests and must be small. */

import { readFileSync } from 'node:fs';
import { defineConfig, type UserConfig } from '@hey-api/openapi-ts';

const description = JSON.parse(readFileSync(new URL('../../infra/openapi.json', import.meta.url), 'utf8'));

// Clerk calls the webhook, and clients do not.
delete description.paths['/webhooks/clerk'];

// The generator reads one media type of each status, so it loses problems of statuses that API Gateway answers too.
// One type of all problems that clients can get replaces the types of single statuses.
const problems = JSON.stringify(description.paths).match(/#\/components\/schemas\/\w+Problem/g);
description.components.schemas.Problem = {
  description: 'An unsuccessful answer of the API (RFC 9457). `type` tells the problems apart.',
  oneOf: [...new Set(problems)].sort().map(($ref) => ({ $ref })),
};

const config: UserConfig = await defineConfig({
  input: description,
  output: { path: process.env.OUTPUT ?? 'src/generated', entryFile: false },
  plugins: [{ name: '@hey-api/typescript' }],
  logs: { level: 'error' },
});

export default config;
