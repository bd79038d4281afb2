/** Tests that `npm run test:mutation` runs against each mutant: the units that need no more than memory. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: { include: ['chat', 'shared'].map((folder) => `test/${folder}/**/*.test.ts`), isolate: false },
});
