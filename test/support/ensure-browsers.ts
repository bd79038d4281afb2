/**
 * Provides the browsers of the end-to-end tests, or the one that is named; run before `npm test`. It prints nothing when
 * they are there. Without Chromium it fails; without another engine it warns and lets the tests begin, of which that
 * engine's fail by themselves.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright';
import { findChromium, findFirefox, lacksHeadlessShell, webKitParts } from '../e2e/browser.ts';
import { installPackages, lastLines, runLoudly, runQuietly } from './install-packages.ts';

interface Need {
  readonly title: string;
  /** Lists the packages of the missing parts; none when all is there. */
  readonly missing: () => readonly string[];
  /** Downloads it another way. */
  readonly download?: () => Promise<void>;
  /** Advice to a person. */
  readonly advice: string;
  /** Disadvantage of running without it, when not everything is impossible. */
  readonly without?: string;
}

const NEEDS: readonly Need[] = [
  {
    title: 'Chromium',
    // The tests find a Chromium of the system's, or the one that Playwright downloads.
    missing: () =>
      findChromium(true) !== undefined || existsSync(chromium.executablePath()) ? [] : ['chromium'],
    download,
    advice: 'Install Chromium or Chrome yourself, or set CHATON_CHROMIUM to the path of one, and try again.',
  },
  {
    title: 'Chromium without a screen',
    // Both packages are of one version: a Chromium that is there may be older.
    missing: () => (lacksHeadlessShell() ? ['chromium', 'chromium-headless-shell'] : []),
    advice: 'Install the package chromium-headless-shell yourself.',
    without: 'the tests run in the whole Chromium, and take about twice as long',
  },
  {
    title: 'Firefox',
    missing: () => (findFirefox() === undefined ? ['firefox-esr'] : []),
    advice: 'Install Firefox ESR yourself, or set CHATON_FIREFOX to the path of a Firefox.',
    without: 'the tests that run in Firefox are impossible here and will fail',
  },
  {
    title: 'WebKit',
    missing: () => {
      const { xvfb, webDriver, browser } = webKitParts();
      return [
        ...(webDriver === undefined || browser === undefined ? ['webkit2gtk-driver'] : []),
        ...(xvfb === undefined ? ['xvfb'] : []),
      ];
    },
    advice:
      'Install WebKitGTK with its WebDriver and Xvfb yourself; CHATON_WEBKIT_DRIVER, CHATON_WEBKIT and CHATON_XVFB ' +
      'may hold the paths of WebKitWebDriver, MiniBrowser and Xvfb.',
    without: 'test/e2e/webkit.test.ts is impossible here and will fail',
  },
];

const only = process.argv[2];
for (const need of NEEDS.filter(({ title }) => only === undefined || title.toLowerCase().startsWith(only)))
  try {
    await provide(need);
  } catch (error) {
    const { title, advice, without } = need;
    console.error(`${title}: ${(error as Error).message}\n${advice}`);
    if (without === undefined) process.exitCode = 1;
    else console.error(`${title}: ${without}.`);
  }

/**
 * Installs it as far as this machine allows, the system's own packages first. Throws an Error with every reason for a
 * failure.
 */
async function provide({ title, missing, download: fetchIt }: Need): Promise<void> {
  if (missing().length === 0) return;
  const failures: string[] = [];
  for (const attempt of [() => installMissing(title, missing()), ...(fetchIt ? [fetchIt] : [])])
    try {
      await attempt();
      if (missing().length === 0) return;
      failures.push(`it was installed, and still there is none where it is looked for`);
    } catch (error) {
      failures.push((error as Error).message);
    }
  throw new Error(`none found, and none could be installed:\n- ${failures.join('\n- ')}`);
}

async function installMissing(title: string, packages: readonly string[]): Promise<void> {
  console.log(`${title}: not found, installing ${packages.join(', ')} with apt-get`);
  await installPackages(packages);
}

async function download(): Promise<void> {
  // Playwright's Chromium needs libraries of the system, which only root can add.
  const isRoot = process.getuid?.() === 0;
  const mayAddLibraries =
    (await runQuietly('apt-get', ['--version'])).code === 0 &&
    (isRoot || (await runQuietly('sudo', ['-n', 'true'])).code === 0);
  const args = ['install', ...(mayAddLibraries ? ['--with-deps'] : []), 'chromium'];
  console.log(`Chromium: not found, running: npx playwright ${args.join(' ')}`);
  const cli = fileURLToPath(new URL('cli.js', import.meta.resolve('playwright/package.json')));
  const { code, output } = await runLoudly(process.execPath, [cli, ...args]);
  if (code !== 0)
    throw new Error(`Playwright could not download one, ended with ${code}\n${lastLines(output)}`);
}
