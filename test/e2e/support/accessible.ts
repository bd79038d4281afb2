/** Runs axe-core on the page as it stands, in each theme and at each width. */
import axe from 'axe-core';
import type { Page } from 'playwright';
import { expect } from 'vitest';

const SIZES = [
  { width: 390, height: 844 },
  { width: 1280, height: 800 },
] as const;
const THEMES = ['dark', 'light'] as const;

/**
 * Expects no finding in both themes, on a phone and on a desktop. The page is left light and wide. axe-core is injected
 * through the debugger, which the page's Content-Security-Policy does not stop.
 */
export async function expectAccessible(page: Page, state: string): Promise<void> {
  const found: string[] = [];
  for (const size of SIZES) {
    await page.setViewportSize(size);
    for (const colorScheme of THEMES) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      // Colours still take a frame to change, although motion is reduced.
      await settled(page);
      for (const problem of await analyse(page))
        found.push(`${state}, ${colorScheme}, ${size.width} px: ${problem}`);
    }
  }
  expect(found).toEqual([]);
}

async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => null)));
    await new Promise((resolve) => requestAnimationFrame(resolve));
  });
}

async function analyse(page: Page): Promise<string[]> {
  // The script of half a megabyte is read once for each document.
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { axe: runner } = globalThis as unknown as { axe: typeof import('axe-core') };
    const { violations } = await runner.run(document, { resultTypes: ['violations'] });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(
        ({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${(failureSummary ?? '').slice(0, 300)}`,
      ),
    );
  });
}
