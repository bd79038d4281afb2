import { fileURLToPath } from 'node:url';
import { defineConfig, type TestProjectInlineConfiguration, type ViteUserConfig } from 'vitest/config';
import { LongestFirst } from './sequencer.ts';

/** What people do all day, and where Firefox goes its own way; `npm run test:firefox` runs the others as well. */
const IN_FIREFOX = [
  'composer',
  'missing-parts',
  'offline',
  'outage',
  'people',
  'private',
  'private-pages',
  'resume',
  'room',
];

/** The suite, of these projects. */
export function suite(projects: TestProjectInlineConfiguration[]): ViteUserConfig {
  return defineConfig({
    root: fileURLToPath(new URL('..', import.meta.url)),
    test: {
      // Left to itself Vitest keeps one core free, and most of these tests wait for sockets.
      maxWorkers: 2,
      sequence: { sequencer: LongestFirst },
      // Sockets and a browser take their time on a small machine; nothing here waits for a clock.
      testTimeout: 30_000,
      hookTimeout: 60_000,
      expect: { poll: { timeout: 15_000 } },
      // Whoever keeps what a read brought, instead of a copy, finds it overwritten.
      env: { CHATON_POISON_READS: '1' },
      projects,
    },
  });
}

/** These end-to-end tests, in Firefox instead of Chromium. */
export function inFirefox(include: string[], exclude: string[] = []): TestProjectInlineConfiguration {
  return {
    extends: true,
    test: { name: 'firefox', include, exclude, env: { CHATON_TEST_ENGINE: 'firefox' } },
  };
}

const WEBKIT = 'test/e2e/webkit.test.ts';

export default suite([
  { extends: true, test: { name: 'chaton', include: ['test/**/*.test.ts'], exclude: [WEBKIT] } },
  inFirefox(IN_FIREFOX.map((name) => `test/e2e/${name}.test.ts`)),
  { extends: true, test: { name: 'webkit', include: [WEBKIT] } },
]);
