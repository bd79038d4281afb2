/**
 * Starts the Firefox of all workers before the tests of its project, and ends it after them: it takes as long to start as
 * two tests take in it. Without a Firefox nothing is started, and each test says what is missing.
 */
import { firefox } from 'playwright';
import type { TestProject } from 'vitest/node';
import { findFirefox, firefoxOptions } from '../e2e/browser.ts';

export default async function startFirefox({ provide }: TestProject): Promise<(() => Promise<void>) | void> {
  if (findFirefox() === undefined) return;
  const server = await firefox.launchServer(firefoxOptions());
  provide('firefox', server.wsEndpoint());
  return () => server.close();
}

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of the Firefox that all workers share; undefined outside of its project. */
    readonly firefox?: string;
  }
}
