import type { Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { isFirefox } from './browser.ts';
import { message, privateMessage, requestPrivate } from '../support/raw-hex.ts';
import { useRoom } from '../support/raw-room.ts';
import { smallTargets } from './support/targets.ts';
import { composer, expectMessage, expectOpen, untilWhole, usePages } from './support/page.ts';
import { tap, tapAt, touched, TOUCHING } from './support/touch.ts';

/** Widths of two phones, a tablet and a small touch laptop: the list is a page, or lies over part of the conversation. */
const WIDTHS = [360, 390, 820, 1000] as const;
/**
 * One width of each of their two layouts: no style changes between two phones, nor between the tablet and the laptop, so
 * that what a page does, unlike how large it is, does not differ between them.
 */
const LAYOUTS = [360, 820] as const;

const people = (page: Page) => page.locator('.people');
const inspector = (page: Page) => page.getByRole('region', { name: 'Wire inspector' });

async function showPeople(page: Page): Promise<void> {
  await tap(page.getByRole('button', { name: /^Show who is here/ }));
  await people(page).locator('li').first().waitFor();
}

/** Presses a button of the toolbar, which a phone shows only beside the list. */
const tool = (page: Page, name: string) => page.locator(`.tool[aria-label="${name}"]`).dispatchEvent('click');

/** Goes to the list of conversations, where that is a page of its own. */
async function toList(page: Page): Promise<void> {
  const back = page.getByRole('button', { name: 'Show conversations' });
  if (await back.isVisible()) await tap(back);
}

/** True when nothing lies over the middle of the element, and it is in the window. */
const isInSight = (page: Page, selector: string) =>
  page.locator(selector).evaluate((element) => {
    const { left, right, top, bottom } = element.getBoundingClientRect();
    const hit = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
    return hit !== null && (element.contains(hit) || hit.contains(element));
  });

const levelOf = (page: Page) => page.evaluate(() => (history.state as { level?: number } | null)?.level ?? 0);

describe('a page that is touched, in a browser', { timeout: 60_000 }, () => {
  const room = useRoom();
  const pages = usePages(TOUCHING);

  describe.each(LAYOUTS)('%i px wide', (width) => {
    it('closes what lies over the conversation by a choice in it, and goes to what was chosen', async () => {
      const bob = await room.join('bob');
      await room.join('carol');
      const page = await pages.join(room.gateway, 'lea', touched(width));
      // Nothing opens the keyboard, and a screen reader hears where it is.
      await expect.poll(() => focusName(page)).toBe('Messages: Everyone');
      await showPeople(page);
      await tap(people(page).getByRole('button', { name: 'carol', exact: true }));
      await expectOpen(page, 'carol');
      await people(page).waitFor({ state: 'detached' });
      expect(await isInSight(page, '.conversation h1')).toBe(true);
      await expect.poll(() => focusName(page)).toBe('Messages: carol');

      // The same again, which is open already.
      await toList(page);
      await tap(page.getByRole('button', { name: /^Everyone/ }));
      await showPeople(page);
      await tap(people(page).getByRole('button', { name: 'Ask bob for a private connection' }));
      await bob.expect(requestPrivate('lea', 'bob'));
      await people(page).waitFor({ state: 'detached' });
      await expectOpen(page, 'bob');
      expect(await isInSight(page, '.private-bar')).toBe(true);
      // A direct conversation with bob would be “Messages: bob”.
      await expect.poll(() => focusName(page)).toBe('Messages: bob, Private connection');

      await toList(page);
      await tap(page.getByRole('button', { name: 'Write to someone' }));
      await tap(page.getByRole('dialog').getByRole('option', { name: 'Everyone' }));
      await expectOpen(page, 'Everyone');
      await expect.poll(() => focusName(page)).toBe('Messages: Everyone');
    });

    it('goes back from dialog to panel, conversation and list, and only then leaves', async () => {
      const page = await pages.visit(room.gateway, touched(width));
      await page.getByLabel('Your name').fill('lea');
      await tap(page.getByRole('button', { name: 'Join the room' }));
      await composer(page).waitFor();
      const narrow = width < 720;
      const bottom = narrow ? 1 : 0;
      await expect.poll(() => levelOf(page)).toBe(bottom);
      const before = await page.evaluate(() => history.length);

      await tool(page, 'Wire inspector');
      await inspector(page).waitFor();
      await tool(page, 'Commands and keys');
      await page.getByRole('dialog').waitFor();
      await expect.poll(() => levelOf(page)).toBe(bottom + 2);
      await page.goBack();
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await inspector(page).waitFor();
      await page.goBack();
      await inspector(page).waitFor({ state: 'detached' });

      await showPeople(page);
      await expect.poll(() => levelOf(page)).toBe(bottom + 1);
      await page.goBack();
      await people(page).waitFor({ state: 'detached' });
      await expectOpen(page, 'Everyone');

      // What is closed by its own button leaves no entry behind.
      await showPeople(page);
      await tap(people(page).getByRole('button', { name: 'Close the list of people' }));
      await people(page).waitFor({ state: 'detached' });
      await expect.poll(() => levelOf(page)).toBe(bottom);
      expect(await page.evaluate(() => history.length)).toBeLessThanOrEqual(before + 2);
      if (narrow) {
        await page.goBack();
        await page.getByRole('heading', { name: 'Everyone', level: 1 }).waitFor({ state: 'hidden' });
        await page.getByRole('button', { name: /^Everyone/ }).waitFor();
      }
      // A driven Firefox has no entry for the empty page that comes first.
      if (isFirefox) return;
      await page.goBack();
      await page.waitForURL('about:blank');
    });

    it('starts a new line by Return, and sends by the button', async () => {
      const bob = await room.join('bob');
      const page = await pages.join(room.gateway, 'lea', touched(width));
      await tap(composer(page));
      await page.keyboard.type('one');
      await page.keyboard.press('Enter');
      await page.keyboard.type('two');
      await expect.poll(() => composer(page).inputValue()).toBe('one\ntwo');
      expect(await composer(page).getAttribute('enterkeyhint')).toBe('enter');
      await tap(page.getByRole('button', { name: 'Send' }));
      await bob.expect(message('lea', 'one\ntwo'));
      // With a keyboard that has more keys, by these.
      await composer(page).fill('three');
      await page.keyboard.press('Control+Enter');
      await bob.expect(message('lea', 'three'));
    });
  });

  it.each(LAYOUTS)(
    '%i px wide, comes back by closing a conversation to where it was opened',
    async (width) => {
      const bob = await room.join('bob');
      const page = await pages.join(room.gateway, 'lea', touched(width));
      bob.send(privateMessage('bob', 'lea', 'hello'));
      await toList(page);
      // At its end, where a mouse finds what closes it.
      const row = page.getByRole('button', { name: /hello/ });
      const { x, y, width: wide, height } = (await row.boundingBox())!;
      await tapAt(page, x + wide - 20, y + height / 2);
      await expectOpen(page, 'bob');
      await tap(page.getByRole('button', { name: 'This conversation' }));
      await tap(page.getByRole('menuitem', { name: 'Close' }));
      await page.getByRole('button', { name: /hello/ }).waitFor({ state: 'detached' });
      const isAlone = width < 720;
      await page.getByRole('heading', { name: isAlone ? 'Conversations' : 'Everyone', level: 1 }).waitFor();
      // Back leaves no conversation any more.
      await expect.poll(() => levelOf(page)).toBe(0);
    },
  );

  describe.each(WIDTHS)('%i px wide', (width) => {
    it('has no target smaller than a finger', async () => {
      const bob = await room.join('bob');
      const page = await pages.visit(room.gateway, touched(width));
      await page.getByLabel('Your name').waitFor();
      expect(await smallTargets(page)).toEqual([]);
      // A phone with its keyboard up shows what to press.
      await page.setViewportSize({ width, height: width < 720 ? 520 : 700 });
      expect(await isInSight(page, '.card .primary')).toBe(true);
      await page.setViewportSize({ width, height: 800 });
      await page.getByLabel('Your name').fill('lea');
      await tap(page.getByRole('button', { name: 'Join the room' }));
      await composer(page).waitFor();
      await untilWhole(page);
      bob.send(message('bob', 'hello') + requestPrivate('bob', 'lea'));
      await expectMessage(page, 'hello');
      await page.getByRole('button', { name: 'Accept' }).waitFor();
      expect(await smallTargets(page)).toEqual([]);
      await showPeople(page);
      expect(await smallTargets(page)).toEqual([]);
      await page.goBack();
      await people(page).waitFor({ state: 'detached' });
      await toList(page);
      expect(await smallTargets(page)).toEqual([]);
      for (const name of ['Go to', 'Settings', 'Commands and keys']) {
        await tap(page.getByRole('button', { name }));
        await page.getByRole('dialog').waitFor();
        expect(await smallTargets(page)).toEqual([]);
        await tap(page.getByRole('dialog').getByRole('button', { name: 'Close' }));
        await page.getByRole('dialog').waitFor({ state: 'detached' });
      }
      await tap(page.getByRole('button', { name: 'Wire inspector' }));
      await inspector(page).waitFor();
      expect(await smallTargets(page)).toEqual([]);
    });
  });

  it.each([820, 1000])('%i px wide, closes the list of people by a tap beside it', async (width) => {
    const page = await pages.join(room.gateway, 'lea', touched(width));
    await showPeople(page);
    await tapAt(page, width / 4, 400);
    await people(page).waitFor({ state: 'detached' });
    await expectOpen(page, 'Everyone');
  });

  it.each([390, 820])('%i px wide, has the wire inspector below what it shows', async (width) => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea', touched(width));
    await tool(page, 'Wire inspector');
    await inspector(page).waitFor();
    await tap(composer(page));
    // The keyboard that comes up does not take the field away.
    await page.setViewportSize({ width, height: width < 720 ? 400 : 600 });
    await page.keyboard.type('hello');
    await tap(page.getByRole('button', { name: 'Send' }));
    await bob.expect(message('lea', 'hello'));
    await inspector(page).getByRole('list').getByText('MESSAGE').first().waitFor();
    expect(await isInSight(page, '.composer textarea')).toBe(true);
    expect(await isInSight(page, '.conversation h1')).toBe(true);
  });

  it('lying on its side, shows several messages and all it can be operated by', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea', touched(844, 390));
    bob.send(message('bob', 'one') + message('bob', 'two') + message('bob', 'three'));
    await expectMessage(page, 'three');
    // No code runs below the button that copies it, which nothing hides here until one points at it.
    bob.send(message('bob', '```\n' + 'x = y + 1; '.repeat(20) + '\n```'));
    const [end, start] = await page
      .locator('.code-block:has(.copy)')
      .evaluate((block) => [
        block.querySelector('pre')!.getBoundingClientRect().right,
        block.querySelector('.copy')!.getBoundingClientRect().left,
      ]);
    expect(end).toBeLessThanOrEqual(start);
    await page.getByRole('button', { name: 'Commands and keys' }).waitFor();
    const { height } = (await page.locator('.log').boundingBox())!;
    expect(height).toBeGreaterThanOrEqual(200);
    for (const selector of ['.composer textarea', '.people-button', '.rail .self', '.tool:last-child'])
      expect([selector, await isInSight(page, selector)]).toEqual([selector, true]);
    expect(await smallTargets(page)).toEqual([]);
    // There the inspector hides everything: what comes is not read, and whoever goes to it by a notice sees it.
    await tool(page, 'Wire inspector');
    await inspector(page).waitFor();
    bob.send(message('bob', 'lea?'));
    await expect.poll(() => page.title()).toBe('(1) Chaton');
    await page.getByRole('button', { name: /^Everyone/, includeHidden: true }).dispatchEvent('click');
    await inspector(page).waitFor({ state: 'detached' });
    await expect.poll(() => page.title()).toBe('Chaton');
    // What is found is not under a request.
    bob.send(message('bob', 'needle') + message('bob', 'hay\n'.repeat(30)) + requestPrivate('bob', 'lea'));
    await page.getByRole('button', { name: 'Accept' }).waitFor();
    // With its keyboard up, the request is not cut.
    await page.setViewportSize({ width: 844, height: 180 });
    for (const selector of ['.request .strong', '.request .plain', '.later', '.composer textarea'])
      expect([selector, await isInSight(page, selector)]).toEqual([selector, true]);
    await page.setViewportSize({ width: 844, height: 390 });
    await tap(page.getByRole('button', { name: 'This conversation' }));
    await tap(page.getByRole('menuitem', { name: 'Find' }));
    await page.getByRole('textbox', { name: 'Find in this conversation' }).fill('needle');
    await expect.poll(() => isInSight(page, '.group .text:text-is("needle")')).toBe(true);
    await page.setViewportSize({ width: 844, height: 180 });
    const [log, search] = [
      await page.locator('.log').boundingBox(),
      await page.getByRole('search').boundingBox(),
    ];
    expect(search!.y + search!.height).toBeLessThan(log!.y + 16);
  });
});

describe('a page with a mouse, in a browser', () => {
  const room = useRoom();
  const pages = usePages(TOUCHING);

  it('makes no history of going from conversation to conversation', async () => {
    await room.join('bob');
    const page = await pages.join(room.gateway, 'lea');
    const before = await page.evaluate(() => history.length);
    await page.getByRole('button', { name: /^Show who is here/ }).click();
    await people(page).getByRole('button', { name: 'bob', exact: true }).click();
    await expectOpen(page, 'bob');
    // Beside the conversation it hides nothing, and stays.
    expect(await people(page).isVisible()).toBe(true);
    await page.getByRole('button', { name: /^Everyone/ }).click();
    await expectOpen(page, 'Everyone');
    expect(await page.evaluate(() => history.length)).toBe(before);
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog').waitFor();
    await page.goBack();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await expectOpen(page, 'Everyone');
  });
});

/** The name of what has the focus. */
function focusName(page: Page): Promise<string> {
  return page.evaluate(() => {
    const focused = document.activeElement;
    return focused?.getAttribute('aria-label') ?? focused?.textContent.trim() ?? '';
  });
}
