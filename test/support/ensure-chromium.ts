/** Sees to it that there is a Chromium for the end-to-end tests; run before `npm test`. Silent when there is one. */
import { execFileSync, type ExecFileSyncOptions } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright';
import { findChromium } from '../e2e/browser.ts';

const isRoot = process.getuid?.() === 0;

try {
  if (!isThere()) install();
} catch (error) {
  console.error(`chromium: ${(error as Error).message}`);
  process.exitCode = 1;
}

/** One that the tests would find, or the one that Playwright brings. */
function isThere(): boolean {
  return findChromium() !== undefined || existsSync(chromium.executablePath());
}

/** Tries what this machine allows, the system's own package first. */
function install(): void {
  const hasApt = succeeds('apt-get', ['--version'], { stdio: 'ignore' });
  if (isRoot && hasApt && installPackage() && isThere()) return;
  // The libraries that Playwright's Chromium needs come from the system; only with its rights can they be added.
  const mayAddLibraries = hasApt && (isRoot || succeeds('sudo', ['-n', 'true'], { stdio: 'ignore' }));
  if (download(mayAddLibraries) && isThere()) return;
  throw new Error(
    'could not be installed; install Chromium or Chrome yourself, or set CHATON_CHROMIUM to the path of one, and try again',
  );
}

function installPackage(): boolean {
  console.log('chromium: none found, installing the package "chromium" with apt-get');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return (
    succeeds('apt-get', ['update'], { stdio: 'inherit', env }) &&
    succeeds('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], { stdio: 'inherit', env })
  );
}

function download(withLibraries: boolean): boolean {
  const options = withLibraries ? ['--with-deps'] : [];
  console.log(`chromium: none found, running: npx playwright install ${[...options, 'chromium'].join(' ')}`);
  const cli = fileURLToPath(new URL('cli.js', import.meta.resolve('playwright/package.json')));
  return succeeds(process.execPath, [cli, 'install', ...options, 'chromium'], { stdio: 'inherit' });
}

/** Runs a programme; false when there is none of that name, or when it fails. */
function succeeds(file: string, args: readonly string[], options: ExecFileSyncOptions): boolean {
  try {
    execFileSync(file, args, options);
    return true;
  } catch {
    return false;
  }
}
