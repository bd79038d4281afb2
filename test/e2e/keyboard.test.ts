import type { Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { message, privateMessage, requestPrivate } from '../support/raw-hex.ts';
import { useRoom } from '../support/raw-room.ts';
import { expectMessage, usePages } from './support/page.ts';

describe('by keyboard alone', () => {
  const room = useRoom();
  const pages = usePages();

  /** Presses Tab, or Shift+Tab, until the focused element has this name. */
  const tabTo = async (page: Page, name: RegExp, key = 'Tab') => {
    for (let presses = 0; presses < 60; presses++) {
      if (name.test(await focusName(page))) return;
      await page.keyboard.press(key);
    }
    throw new Error(`no focus on ${name}`);
  };

  it('one joins, reads, writes, completes, turns to a person, answers a request, and leaves', async () => {
    const bob = await room.join('bob');
    const page = await pages.visit(room.gateway);
    const keys = page.keyboard;

    await page.getByLabel('Your name').waitFor();
    await keys.type('lea');
    await keys.press('Enter');
    await page.getByRole('heading', { name: 'Everyone', level: 1 }).waitFor();
    await expect.poll(() => focusName(page)).toMatch(/^Message to Everyone/);
    await keys.type('hello');
    await keys.press('Enter');
    await bob.expect(message('lea', 'hello'));
    await expectMessage(page, 'hello');

    bob.send(message('bob', 'hi lea') + privateMessage('bob', 'lea', 'and just you'));
    await expectMessage(page, 'hi lea', 'bob');
    await bob.expect(message('bob', 'hi lea'));
    await keys.type('@bo');
    await page.getByRole('option', { name: 'bob', selected: true }).waitFor();
    await keys.press('Tab');
    await keys.type(':wave:');
    await keys.press('Enter');
    await bob.expect(message('lea', '@bob 👋'));

    await expectMessage(page, '@bob 👋');

    // The focus goes to the log, to a message, to its menu.
    await keys.press('Shift+F6');
    await expect.poll(() => focusName(page)).toBe('Messages: Everyone');
    await keys.press('ArrowUp');
    await keys.press('ArrowUp');
    await expect.poll(() => page.locator('.text:focus').allTextContents()).toEqual(['hi lea']);
    await keys.press('Enter');
    await page.getByRole('menuitem', { name: 'Write to bob' }).waitFor();
    for (const key of ['ArrowDown', 'ArrowDown', 'Enter']) await keys.press(key);
    await page.getByRole('heading', { name: 'bob', level: 1 }).waitFor();
    await expectMessage(page, 'and just you', 'bob');

    // The list, reached with Tab, leads back.
    await tabTo(page, /^Everyone/, 'Shift+Tab');
    await keys.press('Enter');
    await page.getByRole('heading', { name: 'Everyone', level: 1 }).waitFor();

    bob.send(requestPrivate('bob', 'lea'));
    await page.getByRole('button', { name: 'Refuse' }).waitFor();
    await keys.type('/refuse bob');
    await keys.press('Enter');
    await page.getByRole('button', { name: 'Refuse' }).waitFor({ state: 'detached' });

    await tabTo(page, /^Leave$/, 'Shift+Tab');
    await keys.press('Enter');
    await page.getByRole('heading', { name: 'Come in' }).waitFor();
  });

  it('the focus goes on when what had it is gone', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea', { viewport: { width: 390, height: 844 } });
    const { keyboard: keys } = page;
    const expectFocus = (name: RegExp) => expect.poll(() => focusName(page)).toMatch(name);
    bob.send(requestPrivate('bob', 'lea'));
    await page.getByRole('button', { name: 'Refuse' }).focus();
    await keys.press('Enter');
    await expectFocus(/^Message to Everyone/);

    await tabTo(page, /^Show conversations/, 'Shift+Tab');
    await keys.press('Enter');
    await expectFocus(/^Everyone/);
    await keys.press('Enter');
    await expectFocus(/^Message to Everyone/);

    await tabTo(page, /^Show who is here/, 'Shift+Tab');
    await keys.press('Enter');
    await expectFocus(/^Close the list of people/);
    await keys.press('Escape');
    await expectFocus(/^Show who is here/);

    await page.locator('.composer textarea').focus();
    await keys.type('/private bob');
    await keys.press('Enter');
    await expectFocus(/^Messages: bob/);
  });

  it('the focus can always be seen', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea');
    bob.send(message('bob', 'see https://example.org'));
    await page.getByRole('link').waitFor();
    const seen = new Set<string>();
    for (let presses = 0; presses < 25; presses++) {
      await page.keyboard.press('Tab');
      const name = await focusName(page);
      const shown = await page.evaluate(() => {
        const focused = document.activeElement;
        if (!focused || focused === document.body) return true;
        // A text field shows its focus by the frame around it.
        const framed = focused.closest('.field, .row') ?? focused;
        const { outlineStyle, outlineWidth } = getComputedStyle(focused);
        const frame = getComputedStyle(framed).borderColor;
        return (
          (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2) || (framed !== focused && frame !== '')
        );
      });
      expect(shown, name).toBe(true);
      seen.add(name);
    }
    expect(seen.size).toBeGreaterThan(10);
  });
});

/** Name of the focused element. */
function focusName(page: Page): Promise<string> {
  return page.evaluate(() => {
    const focused = document.activeElement;
    return focused?.getAttribute('aria-label') ?? focused?.textContent.trim() ?? '';
  });
}
