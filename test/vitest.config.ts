import { fileURLToPath } from 'node:url';
import { defineConfig, type TestProjectInlineConfiguration, type ViteUserConfig } from 'vitest/config';
import { LongestFirst } from './sequencer.ts';

/** No gateway, no process, no browser: these folders of test/ are of the tier that is run after every change. */
export const UNITS = [
  'test/*.test.ts',
  ...['chat', 'house', 'model', 'shared', 'soak', 'web'].map((folder) => `test/${folder}/**/*.test.ts`),
];

/**
 * What people do all day, and where Firefox goes its own way: its WebSockets (outage, offline, resume), its storage
 * (offline), its keys and editing (composer), what it makes of a module that cannot be had (missing-parts).
 * `npm run test:firefox` runs all others that can be run there.
 */
const IN_FIREFOX = ['composer', 'missing-parts', 'offline', 'outage', 'private', 'resume'];

/** The suite, of these projects. */
export function suite(projects: TestProjectInlineConfiguration[]): ViteUserConfig {
  return defineConfig({
    root: fileURLToPath(new URL('..', import.meta.url)),
    test: {
      // More than there are cores: most of these tests wait for a socket, a process or a browser.
      maxWorkers: 3,
      sequence: { sequencer: LongestFirst },
      // Sockets and a browser take their time on a small machine; nothing here waits for a clock.
      testTimeout: 30_000,
      hookTimeout: 60_000,
      expect: { poll: { timeout: 15_000 } },
      // Else fast-check draws one, and a failure says which.
      setupFiles: process.env['CHATON_SEED'] === undefined ? [] : ['test/support/seeded-properties.ts'],
      // Whoever keeps what a read brought, instead of a copy, finds it overwritten.
      env: { CHATON_POISON_READS: '1' },
      projects,
    },
  });
}

/**
 * Browsers are other people's programs, and now and then one of them is what fails. Where nobody sits by (`.ci/run` sets
 * CI), a test that failed in one is tried once more; Vitest shows it as "retry x1". Nothing else is tried twice.
 */
const BROWSER_RETRIES = process.env['CI'] ? 1 : 0;

/** These end-to-end tests, in Firefox instead of Chromium. */
export function inFirefox(include: string[], exclude: string[] = []): TestProjectInlineConfiguration {
  return {
    extends: true,
    test: {
      name: 'firefox',
      include,
      exclude,
      isolate: false,
      retry: BROWSER_RETRIES,
      env: { CHATON_TEST_ENGINE: 'firefox' },
    },
  };
}

/** They count the objects of their process. */
const ALONE = ['test/protocol/crowd.test.ts'];
const E2E = 'test/e2e/*.test.ts';
const WEBKIT = 'test/e2e/webkit.test.ts';

export default suite([
  // They share nothing that one of them leaves behind, and so need no process each.
  { extends: true, test: { name: 'units', include: UNITS, isolate: false } },
  // Nor do these: to load the server anew for each file would take as long again as the tests.
  {
    extends: true,
    test: {
      name: 'protocol',
      include: ['test/**/*.test.ts'],
      exclude: [...UNITS, ...ALONE, E2E],
      isolate: false,
    },
  },
  { extends: true, test: { name: 'alone', include: ALONE } },
  // Nor these, for whom it is a browser as well: each page has a context of its own.
  {
    extends: true,
    test: { name: 'chromium', include: [E2E], exclude: [WEBKIT], isolate: false, retry: BROWSER_RETRIES },
  },
  inFirefox(IN_FIREFOX.map((name) => `test/e2e/${name}.test.ts`)),
  { extends: true, test: { name: 'webkit', include: [WEBKIT], retry: BROWSER_RETRIES } },
]);
