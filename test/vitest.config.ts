import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    include: ['test/**/*.test.ts'],
    // Sockets and a browser take their time on a small machine; nothing here waits for a clock.
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
