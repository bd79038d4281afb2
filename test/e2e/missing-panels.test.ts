import { describe, expect, it } from 'vitest';
import { useRoom } from '../support/raw-room.ts';
import { composer, usePages } from './support/page.ts';
import { chooseLanguage, trouble, tryNow, withhold } from './support/missing-parts.ts';

describe('a part of the page that cannot be had, in a browser', { timeout: 60_000 }, () => {
  const room = useRoom();
  const pages = usePages();

  it('a panel: says so, and can be tried again', async () => {
    const page = await pages.join(room.gateway, 'lea');
    const give = await withhold(page, /panels-/);
    await page.getByRole('button', { name: 'Commands and keys' }).click();
    await trouble(page).waitFor();
    await trouble(page).getByRole('button', { name: 'OK' }).click();
    await trouble(page).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Settings' }).click();
    await trouble(page).waitFor();
    await give();
    await trouble(page).getByRole('button', { name: 'Try now' }).click();
    await page.getByRole('dialog', { name: 'Settings' }).waitFor();
    await trouble(page).waitFor({ state: 'detached' });
    // The page opens only the dialog that was asked for last.
    await expect.poll(() => page.getByRole('dialog').count()).toBe(1);
  });

  it('a panel that comes late: does not open over what one has begun to write meanwhile', async () => {
    const page = await pages.join(room.gateway, 'lea');
    const loading = Promise.withResolvers<unknown>();
    await page.route(/panels-/, async (route) => {
      await loading.promise;
      await route.continue();
    });
    const asked = page.waitForRequest(/panels-/);
    await page.getByRole('button', { name: 'Settings' }).click();
    await asked;
    await composer(page).pressSequentially('hello');
    loading.resolve(null);
    await page.waitForResponse(/panels-/);
    await page.getByRole('button', { name: 'Commands and keys' }).click();
    await page.getByRole('dialog', { name: 'Commands and keys' }).waitFor();
    expect(await page.getByRole('dialog').count()).toBe(1);
    await page.keyboard.press('Escape');
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
    expect(await composer(page).inputValue()).toBe('hello');
  });

  it('the panel that finds a conversation, when it comes late: the name typed for it is sent to nobody', async () => {
    const page = await pages.join(room.gateway, 'lea');
    await page.getByRole('button', { name: 'Commands and keys' }).waitFor();
    const loading = Promise.withResolvers<unknown>();
    await page.route(/panels-/, async (route) => {
      await loading.promise;
      await route.continue();
    });
    const asked = page.waitForRequest(/panels-/);
    await composer(page).press('Control+k');
    await asked;
    await page.keyboard.type('bob');
    await page.keyboard.press('Enter');
    loading.resolve(null);
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    await page.keyboard.type('bo');
    await expect.poll(() => dialog.getByRole('combobox').inputValue()).toBe('bo');
    expect(await composer(page).inputValue()).toBe('');
    expect(await page.getByText('bob', { exact: true }).count()).toBe(0);
  });

  it('a language: the page stays in the other, and says so until it is not wanted any more', async () => {
    const page = await pages.join(room.gateway, 'lea');
    await page.getByRole('button', { name: 'Wire inspector' }).waitFor();
    const give = await withhold(page, /\/fr-/);
    await chooseLanguage(page, 'Français');
    await trouble(page).waitFor();
    await page.getByRole('heading', { name: 'Everyone', level: 1 }).waitFor();
    await chooseLanguage(page, 'English');
    await page.keyboard.press('Escape');
    await trouble(page).waitFor({ state: 'detached' });
    await chooseLanguage(page, 'Français');
    await trouble(page).waitFor();
    await give();
    await tryNow(page);
    await page.getByRole('heading', { name: 'Tout le monde', level: 1 }).waitFor();
    await page.getByRole('alert').filter({ hasText: 'affichée' }).waitFor({ state: 'detached' });
  });
});
