/** The rules of React and of its compiler. Biome checks everything else. */

import { defineConfig } from 'eslint/config';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

export default defineConfig({
  files: ['src/**/react/**/*.{ts,tsx}', 'tests/**/*.tsx'],
  extends: [reactHooks.configs.flat['recommended-latest']],
  languageOptions: { parser: tseslint.parser },
  linterOptions: { reportUnusedDisableDirectives: 'error' },
});
