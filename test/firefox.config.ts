/** Runs all end-to-end tests that can be run in Firefox: `npm run test:firefox`. */
import { inFirefox, suite } from './vitest.config.ts';

/** Files that Firefox cannot run, or not all tests of them, and why. */
const IMPOSSIBLE: Readonly<Record<string, string>> = {
  copy: 'the clicks of a double click come from a driven Firefox as two single ones',
  dev: 'tries the development server, and stands still in a driven Firefox, for a reason not found yet',
  frozen: 'only Chromium can be told to freeze a page',
  'input-method': 'only Chromium can be told to compose',
  keyboard: 'no window of a driven Firefox is active, so that nothing in it looks focused',
  'log-memory': 'only Chromium can be told to count what is in memory',
  'long-press': 'a driven Firefox cannot be touched',
  notices: 'a driven Firefox does not give service workers',
  paper: 'Firefox cannot be told to show what it would print',
  performance: 'only Chromium can be told to be slow',
  shapes: 'Firefox cannot be told to force the colours of the system',
  tabs: 'a driven Firefox does not tell of WebSockets and their frames',
  tls: 'a driven Firefox does not tell of WebSockets and their frames',
  unsaved: 'only Chromium can be told to clear a database behind a page’s back',
  webkit: 'runs in WebKit',
};

export default suite([
  inFirefox(
    ['test/e2e/*.test.ts'],
    Object.keys(IMPOSSIBLE).map((name) => `test/e2e/${name}.test.ts`),
  ),
]);
