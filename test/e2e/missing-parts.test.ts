import { describe, expect, it } from 'vitest';
import { useRoom } from '../support/raw-room.ts';
import { composer, expectMessage, messages, proposeName, usePages, write } from './support/page.ts';
import { chooseLanguage, trouble, tryNow, withhold } from './support/missing-parts.ts';

/** Answers of a server of another version, which gives the document in place of a part that it has no more. */
const DOCUMENT = { contentType: 'text/html', body: '<!doctype html><title>Chaton</title>' };

describe('a part of the page that cannot be had, in a browser', { timeout: 60_000 }, () => {
  const room = useRoom();
  const pages = usePages();

  it('after a deploy: says so once, and offers to reload, which keeps everything', async () => {
    const page = await pages.join(room.gateway, 'lea');
    await write(page, 'before the deploy');
    await expectMessage(page, 'before the deploy');
    await page.getByRole('button', { name: 'Wire inspector' }).waitFor();
    // The document of the new version names parts that are there.
    let isOld = true;
    page.on('request', (request) => {
      if (request.isNavigationRequest()) isOld = false;
    });
    await page.route(/\/fr-/, (route) => (isOld ? route.fulfill(DOCUMENT) : route.continue()));
    await chooseLanguage(page, 'Français');
    await trouble(page).filter({ hasText: 'The server has a newer version' }).waitFor();
    await trouble(page).getByRole('button', { name: 'OK' }).click();
    // It is still tried, and not said again.
    await page.waitForResponse(/\/fr-/);
    await page.waitForResponse(/\/fr-/);
    expect(await trouble(page).count()).toBe(0);
    await composer(page).fill('half a thought');
    await chooseLanguage(page, 'English');
    await page.keyboard.press('Escape');
    await chooseLanguage(page, 'Français');
    await trouble(page).getByRole('button', { name: 'Reload' }).click();
    await page.getByRole('heading', { name: 'Tout le monde', level: 1 }).waitFor();
    await expectMessage(page, 'before the deploy');
    await expect.poll(() => composer(page).inputValue()).toBe('half a thought');
  });

  it('what is loaded later: the room works, and says so', async () => {
    const page = await pages.visit(room.gateway);
    const give = await withhold(page, /\/lazy-/);
    await proposeName(page, 'lea');
    await trouble(page).waitFor();
    await composer(page).fill('hello');
    await composer(page).press('Enter');
    await expectMessage(page, 'hello');
    // What asks is not there yet, and nothing is lost without a question.
    await page.getByRole('button', { name: 'Leave', exact: true }).click();
    expect(await messages(page)).toEqual(['hello']);
    await give();
    await tryNow(page);
    await page.getByRole('button', { name: 'Leave and clear' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Wire inspector' }).waitFor();
    await trouble(page).waitFor({ state: 'detached' });
  });

  it('the reason why a name cannot be used: says at once that it cannot, and why when it is there', async () => {
    const page = await pages.visit(room.gateway, { before: (it) => withhold(it, /\/lazy-/) });
    const problem = page.locator('.problem');
    await proposeName(page, 'é'.repeat(16));
    await problem.filter({ hasText: 'That name cannot be used.' }).waitFor();
    await trouble(page).waitFor();
    await page.unroute(/\/lazy-/);
    await tryNow(page);
    await problem.filter({ hasText: 'at most 30 characters' }).waitFor();
  });

  it('of the first screen nothing: it waits for no file but the first, in any language, nor moves when the others come', async () => {
    const { promise: others, resolve: send } = Promise.withResolvers<unknown>();
    const page = await pages.visit(room.gateway, {
      locale: 'fr-FR',
      before: (it) =>
        it.route(/\/(?!index-)[a-z-]+-[^/]+\.js$/, async (route) => {
          await others;
          await route.continue();
        }),
    });
    await page.getByRole('button', { name: 'Entrer dans le salon' }).waitFor();
    const card = await page.locator('.card').boundingBox();
    send(null);
    await page.getByRole('button', { name: 'Inviter' }).waitFor();
    expect(await page.locator('.card').boundingBox()).toEqual(card);
  });
});
