/** A page that is touched. Firefox is told by its settings that it is, not by its driver, which cannot tap either. */
import type { Locator, Page } from 'playwright';
import { isFirefox, type Launch } from '../browser.ts';

/** Browser of a device that is touched, and has no mouse; undefined where each page can be told. */
export const TOUCHING: Launch | undefined = isFirefox
  ? { firefoxUserPrefs: { 'ui.primaryPointerCapabilities': 1, 'ui.allPointerCapabilities': 1 } }
  : undefined;

/** Options of a page on such a device, its window this wide and high, in px. */
export const touched = (width: number, height = 800) => ({
  viewport: { width, height },
  hasTouch: true,
  isMobile: true,
});

/** Taps what is there; in Firefox by what a tap ends in, the click. */
export const tap = (target: Locator): Promise<void> => (isFirefox ? target.click() : target.tap());

/** Taps this place of the page. */
export const tapAt = (page: Page, x: number, y: number): Promise<void> =>
  isFirefox ? page.mouse.click(x, y) : page.touchscreen.tap(x, y);
