import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    globalSetup: 'tests/global-setup.ts',
    // A try may wait for a function that starts on a busy machine.
    testTimeout: 60_000,
    restoreMocks: true,
  },
});
