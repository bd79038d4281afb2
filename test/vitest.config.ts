import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    include: ['test/**/*.test.ts'],
    // Left to itself Vitest keeps one core free, and most of these tests wait for sockets.
    maxWorkers: 2,
    // Sockets and a browser take their time on a small machine; nothing here waits for a clock.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 15_000 } },
  },
});
