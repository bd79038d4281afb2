import { fileURLToPath } from 'node:url';
import { defineConfig, type TestProjectInlineConfiguration, type ViteUserConfig } from 'vitest/config';
import { LongestFirst } from './sequencer.ts';
import { PATIENT } from './support/patience.ts';

/** Folders of the tier that runs after every change: without a browser, and without a gateway. */
export const UNITS = [
  'test/*.test.ts',
  // The rules of the cluster, over a log in memory. Hops between nodes are real connections, and processes that are killed.
  'test/cluster/gather.test.ts',
  'test/cluster/replica/*.test.ts',
  ...['chat', 'house', 'model', 'shared', 'soak', 'web'].map((folder) => `test/${folder}/**/*.test.ts`),
];

/**
 * End-to-end tests that also run in Firefox: what people do all day, and where Firefox differs: its WebSockets (outage,
 * resume, private), its storage (offline), modules that cannot be loaded (missing-parts). What the page alone decides,
 * whatever browser it is in, has files beside these (private-states, outgoing, missing-panels, restart): with all others that can
 * be run in Firefox they run there by `npm run test:firefox`.
 */
const IN_FIREFOX = ['missing-parts', 'offline', 'outage', 'private', 'resume'];

/** Configures the suite with these projects. */
export function suite(projects: TestProjectInlineConfiguration[]): ViteUserConfig {
  return defineConfig({
    root: fileURLToPath(new URL('..', import.meta.url)),
    test: {
      // There are more workers than cores, since most of these tests wait for a socket, a process or a browser.
      maxWorkers: 3,
      sequence: { sequencer: LongestFirst },
      // Sockets and a browser take their time on a small machine; no test waits for a clock.
      // These limits are for what hangs: on a machine that does much else what only computes takes many times as long.
      testTimeout: 60_000,
      hookTimeout: 60_000,
      expect: { poll: { timeout: PATIENT.timeout } },
      // Without a seed fast-check draws one, and a failure prints it.
      setupFiles: process.env['CHATON_SEED'] === undefined ? [] : ['test/support/seeded-properties.ts'],
      env: {
        // A reader that keeps the shared read buffer instead of a copy finds it overwritten.
        CHATON_POISON_READS: '1',
        // Each gateway that has a process of its own finds the code that an earlier one compiled: half its start.
        NODE_COMPILE_CACHE: fileURLToPath(new URL('../node_modules/.cache/node', import.meta.url)),
      },
      // What one project has transformed is read by the others, and by the next run.
      experimental: { fsModuleCache: true, fsModuleCachePath: 'node_modules/.cache/vitest' },
      projects,
    },
  });
}

/**
 * Number of retries for browser tests. Browsers are other people's programs, and now and then one of them fails. In
 * unattended runs (`.ci/run` sets CI) a failed browser test is tried once more; Vitest shows it as "retry x1". Nothing
 * else is retried.
 */
const BROWSER_RETRIES = process.env['CI'] ? 1 : 0;

/** Configures these end-to-end tests in Firefox instead of Chromium. */
export function inFirefox(include: string[], exclude: string[] = []): TestProjectInlineConfiguration {
  return {
    extends: true,
    test: {
      name: 'firefox',
      include,
      exclude,
      isolate: false,
      retry: BROWSER_RETRIES,
      // A context of a driven Firefox, and each command to it, takes several times as long as one of Chromium.
      testTimeout: 120_000,
      hookTimeout: 120_000,
      env: { CHATON_TEST_ENGINE: 'firefox' },
    },
  };
}

/** Files that count the objects of their process, and so need one of their own. */
const ALONE = ['test/protocol/crowd.test.ts'];
const E2E = 'test/e2e/*.test.ts';
/** Tests with a real engine of three servers: those that take seconds, and those that wait for elections (`test:cluster`). */
export const CLUSTER = 'test/cluster/jetstream/*.test.ts';
export const CLUSTER_LONG = 'test/cluster/long/*.test.ts';
const WEBKIT = 'test/e2e/webkit.test.ts';

export default suite([
  // The units share no state that one of them leaves behind, and so need no process each.
  { extends: true, test: { name: 'units', include: UNITS, isolate: false } },
  // The protocol tests need none either: to load the server anew for each file would take as long again as the tests.
  {
    extends: true,
    test: {
      name: 'protocol',
      include: ['test/**/*.test.ts'],
      exclude: [...UNITS, ...ALONE, E2E, CLUSTER, CLUSTER_LONG],
      isolate: false,
    },
  },
  { extends: true, test: { name: 'alone', include: ALONE } },
  {
    extends: true,
    test: {
      name: 'cluster',
      include: [CLUSTER],
      isolate: false,
    },
  },
  // The browser tests need none either: each page is that of a visitor of its own in the shared browser.
  {
    extends: true,
    test: { name: 'chromium', include: [E2E], exclude: [WEBKIT], isolate: false, retry: BROWSER_RETRIES },
  },
  inFirefox(IN_FIREFOX.map((name) => `test/e2e/${name}.test.ts`)),
  { extends: true, test: { name: 'webkit', include: [WEBKIT], retry: BROWSER_RETRIES } },
]);
