import { describe, expect, it } from 'vitest';
import { isFirefox } from './browser.ts';
import { useRoom } from '../support/raw-room.ts';
import { composer, usePages } from './support/page.ts';

describe('the language, in a browser', () => {
  const room = useRoom();
  const pages = usePages();

  it("is the system's, can be changed, and is remembered", async () => {
    const page = await pages.visit(room.gateway, { locale: 'fr-CA' });
    await page.getByRole('heading', { name: 'Entrez' }).waitFor();
    await expect.poll(() => page.locator('html').getAttribute('lang')).toBe('fr');

    await page.getByRole('button', { name: 'English' }).click();
    await page.getByRole('heading', { name: 'Come in' }).waitFor();
    await expect.poll(() => page.locator('html').getAttribute('lang')).toBe('en');

    await page.reload();
    await page.getByRole('heading', { name: 'Come in' }).waitFor();
  });

  it('is English when there is no catalogue for any of the preferred ones', async () => {
    const page = await pages.visit(room.gateway, { locale: 'ja-JP' });
    await page.getByRole('heading', { name: 'Come in' }).waitFor();
  });

  // A driven Firefox looks into a page by scripts only.
  it.skipIf(isFirefox)('is both where scripts are off: the page says that it needs them', async () => {
    const page = await pages.visit(room.gateway, { javaScriptEnabled: false });
    // A browser that runs scripts does not lay this out, and Playwright finds no text in it.
    await page.locator('noscript p').first().waitFor();
    await page.locator('noscript p[lang=fr]').waitFor();
  });

  it('changes without losing the conversation or what is being written', async () => {
    const page = await pages.join(room.gateway, 'lea');
    await composer(page).fill('half a thought');
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByRole('radio', { name: 'Français' }).check();
    await page.getByRole('heading', { name: 'Tout le monde' }).waitFor();
    await expect.poll(() => composer(page).inputValue()).toBe('half a thought');
  });
});
