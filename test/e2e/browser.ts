/** Where Chromium is, and how the tests start it. */
import { existsSync } from 'node:fs';
import { chromium, type Browser, type LaunchOptions } from 'playwright';

const INSTALLED = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** `CHATON_CHROMIUM`, else one the system has, else undefined: Playwright's own. */
export function findChromium(): string | undefined {
  const told = process.env['CHATON_CHROMIUM'];
  if (!told) return INSTALLED.find((path) => existsSync(path));
  if (!existsSync(told)) throw new Error(`CHATON_CHROMIUM=${told}: there is no such file`);
  return told;
}

export function launchBrowser(options: LaunchOptions = {}): Promise<Browser> {
  const executablePath = findChromium();
  const isRoot = process.getuid?.() === 0;
  return chromium.launch({
    ...options,
    ...(executablePath !== undefined && { executablePath }),
    // Chromium's sandbox refuses to work for root, which is what containers and CI machines run as.
    chromiumSandbox: !isRoot,
    args: [
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      ...(isRoot ? ['--no-sandbox'] : []),
    ],
  });
}
