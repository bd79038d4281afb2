/** All end-to-end tests that can be run in Firefox: `npm run test:firefox`. */
import { inFirefox, suite } from './vitest.config.ts';

/** Those that cannot, and why. */
const IMPOSSIBLE: Readonly<Record<string, string>> = {
  frozen: 'only Chromium can be told to freeze a page',
  'input-method': 'only Chromium can be told to compose',
  performance: 'only Chromium can be told to be slow',
  unsaved: 'only Chromium can be told how much may be stored',
  webkit: 'is in WebKit',
};

export default suite([
  inFirefox(
    ['test/e2e/*.test.ts'],
    Object.keys(IMPOSSIBLE).map((name) => `test/e2e/${name}.test.ts`),
  ),
]);
