import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['stories/**/*.test.ts'],
    globalSetup: 'setup/global-setup.ts',
    // All stories share one Clerk, and a story may stop it.
    fileParallelism: false,
    // A busy machine takes long to start a function and to draw a page. Nothing waits for this time by itself.
    testTimeout: 90_000,
    hookTimeout: 60_000,
    // A story has three programs and two browsers, and fails if one of them is late. vitest says which ones it told again.
    // What goes wrong in a browser fails the file all the same.
    retry: 1,
  },
});
