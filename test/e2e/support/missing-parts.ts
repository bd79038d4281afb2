/** Withholds parts of the page, and finds what the page says of them. */
import type { Page } from 'playwright';

/**
 * Keeps a part of the page away, as a network does that breaks; the returned function gives it again.
 */
export async function withhold(page: Page, part: RegExp): Promise<() => Promise<void>> {
  await page.route(part, (route) => route.abort('connectionreset'));
  return () => page.unroute(part);
}

/** Note of a part that cannot be shown. */
export const trouble = (page: Page) => page.getByRole('alert').filter({ hasText: /cannot be shown/ });

/** Clicks "Try now", unless the page tries again by itself in this moment, which removes the button. */
export const tryNow = (page: Page) =>
  trouble(page)
    .getByText('Try now')
    .evaluateAll((found: HTMLElement[]) => found.forEach((button) => button.click()));

/** Chooses a language in the settings. */
export async function chooseLanguage(page: Page, language: string): Promise<void> {
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByRole('radio', { name: language }).click();
}
