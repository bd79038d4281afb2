/** Finds the browsers, and starts them for the tests. */
import { existsSync } from 'node:fs';
import { delimiter, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, firefox, type Browser, type LaunchOptions } from 'playwright';

const CHROMIUMS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Chromium without the parts for a screen, as a package of Debian's: a page takes a third of the processor's time. */
const HEADLESS_SHELLS = ['/usr/bin/chromium-headless-shell'];

/** Options for the start of a browser. */
export interface Launch extends LaunchOptions {
  /** True for Chromium with all its parts: the headless shell has no back/forward cache. */
  readonly isWhole?: boolean;
}

/** Firefox of Debian, and of Mozilla's package; /usr/bin/firefox may only start a snap, which cannot be driven. */
const FIREFOXES = ['/usr/bin/firefox-esr', '/usr/lib/firefox/firefox'];

const LAUNCHER = fileURLToPath(new URL('support/firefox-launcher.ts', import.meta.url));

/** Finds Chromium: `CHATON_CHROMIUM`, else the system's; undefined stands for Playwright's own. */
export function findChromium(isWhole = false): string | undefined {
  return find('CHATON_CHROMIUM', isWhole ? CHROMIUMS : [...HEADLESS_SHELLS, ...CHROMIUMS]);
}

/** True when Chromium is Debian's and its headless shell, which is another package, is missing. */
export function lacksHeadlessShell(): boolean {
  return existsSync('/usr/lib/chromium/chromium') && find('CHATON_CHROMIUM', HEADLESS_SHELLS) === undefined;
}

/** Finds Firefox: `CHATON_FIREFOX`, else the system's, else undefined. */
export function findFirefox(): string | undefined {
  return find('CHATON_FIREFOX', FIREFOXES);
}

/** Finds the program that a setting names, which has to exist, else the first of these places that exists. */
export function find(setting: string, places: readonly string[]): string | undefined {
  const told = process.env[setting];
  if (!told) return places.find((path) => existsSync(path));
  if (!existsSync(told)) throw new Error(`${setting}=${told}: there is no such file`);
  return told;
}

/** True in the tests that run in Firefox (see ../vitest.config.ts). */
export const isFirefox = process.env['CHATON_TEST_ENGINE'] === 'firefox';

/** Starts the browser of these tests. */
export function launchBrowser({ isWhole = false, ...options }: Launch = {}): Promise<Browser> {
  return isFirefox ? launchFirefox(options) : launchChromium(options, isWhole);
}

function launchChromium(options: LaunchOptions, isWhole: boolean): Promise<Browser> {
  const executablePath = findChromium(isWhole);
  const isRoot = process.getuid?.() === 0;
  return chromium.launch({
    ...options,
    // Playwright takes its own headless shell when it is given neither a path nor a channel.
    ...(executablePath !== undefined ? { executablePath } : isWhole && { channel: 'chromium' }),
    // Chromium's sandbox does not work for root, the user of containers and CI machines.
    chromiumSandbox: !isRoot,
    args: [
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      // As on a phone: a page that is pulled down is loaded again. The headless shell does not do that.
      '--pull-to-refresh=1',
      // Else the empty page that comes first has a process, and the page that is visited another.
      '--renderer-process-limit=1',
      ...(isRoot ? ['--no-sandbox'] : []),
    ],
  });
}

/** Starts the system's Firefox by WebDriver BiDi. Throws an Error when there is none. */
function launchFirefox(options: LaunchOptions): Promise<Browser> {
  const program = findFirefox();
  if (program === undefined)
    throw new Error(
      'No test can run in Firefox: there is none here. "node test/support/ensure-browsers.ts" installs it, or says ' +
        'why it cannot; or set CHATON_FIREFOX to the path of one.',
    );
  // The launcher has to run in the same Node as the tests.
  const path = `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}`;
  return firefox.launch({
    ...options,
    channel: 'moz-firefox',
    executablePath: LAUNCHER,
    env: { ...process.env, PATH: path, CHATON_FIREFOX: program },
    firefoxUserPrefs: {
      // A mouse is set, as a desktop has it: without a screen Firefox takes itself for a touch device.
      'ui.primaryPointerCapabilities': 6,
      'ui.allPointerCapabilities': 6,
      // Motion is reduced as in Chromium: the driver of Firefox ESR cannot set that for a context (firefox-launcher.ts).
      'ui.prefersReducedMotion': 1,
      // No process is started in advance for a page that is never opened.
      'dom.ipc.processPrelaunch.enabled': false,
      ...options.firefoxUserPrefs,
    },
  });
}

/** Paths of the programs that drive WebKitGTK. */
export interface WebKitPrograms {
  readonly xvfb: string;
  readonly webDriver: string;
  readonly browser: string;
}

/** Finds each of the programs where the system's packages put them. */
export function webKitParts(): Readonly<Record<keyof WebKitPrograms, string | undefined>> {
  const libraries = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64', '/usr/libexec'];
  return {
    xvfb: find('CHATON_XVFB', ['/usr/bin/Xvfb']),
    webDriver: find('CHATON_WEBKIT_DRIVER', ['/usr/bin/WebKitWebDriver']),
    browser: find(
      'CHATON_WEBKIT',
      libraries.flatMap((folder) => ['4.1', '6.0'].map((api) => `${folder}/webkit2gtk-${api}/MiniBrowser`)),
    ),
  };
}

/** Finds all the programs. Throws an Error that names the missing ones. */
export function findWebKit(): WebKitPrograms {
  const { xvfb, webDriver, browser } = webKitParts();
  if (xvfb !== undefined && webDriver !== undefined && browser !== undefined)
    return { xvfb, webDriver, browser };
  const missing = Object.entries({ Xvfb: xvfb, WebKitWebDriver: webDriver, MiniBrowser: browser })
    .filter(([, path]) => path === undefined)
    .map(([name]) => name);
  throw new Error(
    `No test can run in WebKit: ${missing.join(' and ')} not found. "node test/support/ensure-browsers.ts" installs ` +
      'what is missing, or says why it cannot.',
  );
}
