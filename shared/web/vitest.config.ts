import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // All tests of the project `stack` share one Clerk, and a test may hold its webhooks.
    fileParallelism: false,
    // A try may wait for a function that starts on a busy machine.
    testTimeout: 60_000,
    restoreMocks: true,
    projects: [
      {
        extends: true,
        test: {
          name: 'stack',
          include: ['tests/**/*.test.{ts,tsx}'],
          exclude: ['tests/react/dom/**'],
          globalSetup: 'tests/global-setup.ts',
        },
      },
      {
        extends: true,
        test: { name: 'dom', include: ['tests/react/dom/**/*.test.tsx'], environment: 'happy-dom' },
      },
    ],
  },
});
