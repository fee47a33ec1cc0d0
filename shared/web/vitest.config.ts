import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    globalSetup: 'tests/global-setup.ts',
    // All tests share one Clerk, and a test may hold its webhooks.
    fileParallelism: false,
    // A try may wait for a function that starts on a busy machine.
    testTimeout: 60_000,
    restoreMocks: true,
  },
});
