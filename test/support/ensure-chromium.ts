/** Sees to it that there is a Chromium for the end-to-end tests; run before `npm test`. Silent when there is one. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright';
import { findChromium } from '../e2e/browser.ts';
import { installPackage, lastLines, runLoudly } from './install-package.ts';

const isRoot = process.getuid?.() === 0;

try {
  if (!isThere()) await install();
} catch (error) {
  console.error(`chromium: ${(error as Error).message}`);
  process.exitCode = 1;
}

/** One that the tests would find, or the one that Playwright brings. */
function isThere(): boolean {
  return findChromium() !== undefined || existsSync(chromium.executablePath());
}

/** Tries what this machine allows, the system's own package first. Throws an Error with every reason why it failed. */
async function install(): Promise<void> {
  const failures: string[] = [];
  for (const attempt of [installSystemPackage, download])
    try {
      await attempt();
      if (isThere()) return;
      failures.push(`after ${attempt.name} there is still none`);
    } catch (error) {
      failures.push((error as Error).message);
    }
  throw new Error(
    `none found, and none could be installed:\n- ${failures.join('\n- ')}\n` +
      'Install Chromium or Chrome yourself, or set CHATON_CHROMIUM to the path of one, and try again.',
  );
}

async function installSystemPackage(): Promise<void> {
  if (!isRoot) throw new Error('the system’s own package is for root to install');
  console.log('chromium: none found, installing the package "chromium" with apt-get');
  await installPackage('chromium');
}

async function download(): Promise<void> {
  // The libraries that Playwright's Chromium needs come from the system; only with its rights can they be added.
  const mayAddLibraries = succeeds('apt-get', ['--version']) && (isRoot || succeeds('sudo', ['-n', 'true']));
  const args = ['install', ...(mayAddLibraries ? ['--with-deps'] : []), 'chromium'];
  console.log(`chromium: none found, running: npx playwright ${args.join(' ')}`);
  const cli = fileURLToPath(new URL('cli.js', import.meta.resolve('playwright/package.json')));
  const { code, output } = await runLoudly(process.execPath, [cli, ...args]);
  if (code !== 0)
    throw new Error(`Playwright could not download one, ended with ${code}\n${lastLines(output)}`);
}

/** Runs a programme; false when there is none of that name, or when it fails. */
function succeeds(file: string, args: readonly string[]): boolean {
  try {
    execFileSync(file, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
