/** Runs axe-core on the page as it stands, at each width, in each theme and in forced colours. */
import axe from 'axe-core';
import type { Page } from 'playwright';
import { expect } from 'vitest';

/** Phones, a tablet and a desktop; the last one is left. */
const SIZES = [
  { width: 360, height: 740 },
  { width: 390, height: 844 },
  { width: 820, height: 1180 },
  { width: 1280, height: 800 },
] as const;

const LIGHT = { name: 'light', media: { forcedColors: 'none', colorScheme: 'light' } } as const;
const DARK = { name: 'dark', media: { forcedColors: 'none', colorScheme: 'dark' } } as const;
const FORCED = { name: 'forced', media: { forcedColors: 'active', colorScheme: 'dark' } } as const;

/**
 * Colours at each size; light is left, and only in it every rule runs. They do not differ between two phones, nor between
 * a tablet and a desktop; forced ones are the system's, whatever the size.
 */
const COLOURS = [[LIGHT], [DARK, LIGHT], [LIGHT], [FORCED, DARK, LIGHT]] as const;

/** Rules to run: those that have to do with colours, with what scrolls, all but those of colours, or all. */
type Rules = 'colours' | 'scrolling' | 'others' | 'all';

/**
 * Expects no finding, and nothing wider than the window. The page is left light and wide. axe-core is injected through
 * the debugger, which the page's Content-Security-Policy does not stop.
 */
export async function expectAccessible(page: Page, state: string): Promise<void> {
  const found: string[] = [];
  for (const [index, size] of SIZES.entries()) {
    await page.setViewportSize(size);
    // No style changes between two phones: on the narrower one only what scrolls can differ, and what is too wide.
    const light = index === 0 ? 'scrolling' : index === 2 ? 'others' : 'all';
    for (const { name, media } of COLOURS[index]!) {
      await page.emulateMedia({ ...media, reducedMotion: 'reduce' });
      // Colours still take a frame to change, although motion is reduced.
      await settled(page);
      for (const problem of await analyse(page, name === 'light' ? light : 'colours'))
        found.push(`${state}, ${name}, ${size.width} px: ${problem}`);
    }
  }
  found.push(...(await saidTwice(page)));
  expect(found).toEqual([]);
}

/** What has its name as its description too, which some screen readers say twice; axe lets it pass. */
async function saidTwice(page: Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page);
  const { nodes } = await session.send('Accessibility.getFullAXTree');
  await session.detach();
  return nodes.flatMap(({ role, name, description }) =>
    description?.value && description.value === name?.value
      ? [`said twice: ${role?.value} ${name?.value}`]
      : [],
  );
}

async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => null)));
    await new Promise((resolve) => requestAnimationFrame(resolve));
  });
}

async function analyse(page: Page, which: Rules): Promise<string[]> {
  // The script of half a megabyte is read once for each document.
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe.source);
  return page.evaluate(async (only) => {
    const { axe: runner } = globalThis as unknown as { axe: typeof import('axe-core') };
    const { violations } = await runner.run(document, {
      resultTypes: ['violations'],
      ...(only === 'colours' && { runOnly: ['color-contrast', 'link-in-text-block'] }),
      ...(only === 'scrolling' && { runOnly: ['scrollable-region-focusable'] }),
      ...(only === 'others' && { rules: { 'color-contrast': { enabled: false } } }),
    });
    const found = violations.flatMap(({ id, nodes }) =>
      nodes.map(
        ({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${(failureSummary ?? '').slice(0, 300)}`,
      ),
    );
    if (document.documentElement.scrollWidth > innerWidth) found.push('wider than the window');
    return found;
  }, which);
}
