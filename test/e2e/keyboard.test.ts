import type { Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { koPrivate, message, privateMessage, requestPrivate } from '../support/raw-hex.ts';
import { useRoom } from '../support/raw-room.ts';
import { composer, expectMessage, showPeople, usePages, write, untilWhole } from './support/page.ts';

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
    await expect.poll(() => focusName(page)).toMatch(/^Write to everyone/);
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
    // Letters go into the field from everywhere, the first of them too; what has a meaning keeps it.
    const field = page.locator('.composer textarea');
    await keys.type('so');
    await expect.poll(() => field.inputValue()).toBe('so');
    await page.evaluate(() => (document.activeElement as HTMLElement).blur());
    await keys.type('/');
    await expect.poll(() => field.inputValue()).toBe('so/');
    await field.fill('');
    await keys.press('Shift+F6');
    await keys.press('ArrowUp');
    await keys.press('ArrowUp');
    await keys.press('Enter');
    await page.getByRole('menuitem', { name: 'Write to bob' }).waitFor();
    for (const key of ['ArrowDown', 'ArrowDown', 'Enter']) await keys.press(key);
    await page.getByRole('heading', { name: 'bob', level: 1 }).waitFor();
    await expectMessage(page, 'and just you', 'bob');

    // The list, reached with Tab, leads back.
    await tabTo(page, /^B?bob/, 'Shift+Tab');
    await keys.press('ArrowUp');
    await keys.press('Enter');
    await page.getByRole('heading', { name: 'Everyone', level: 1 }).waitFor();

    bob.send(requestPrivate('bob', 'lea'));
    await page.getByRole('button', { name: 'Refuse' }).waitFor();
    await keys.type('/refuse bob');
    await keys.press('Enter');
    await page.getByRole('button', { name: 'Refuse' }).waitFor({ state: 'detached' });

    await tabTo(page, /^Leave$/, 'Shift+Tab');
    await keys.press('Enter');
    await tabTo(page, /^Leave and clear$/);
    await keys.press('Enter');
    await page.getByRole('heading', { name: 'Come in' }).waitFor();
  });

  it('every control is reached by Tab: on the card, in the room with everything open, and in the dialogs', async () => {
    const bob = await room.join('bob');
    const first = await pages.join(room.gateway, 'lea');
    const page = await first.context().newPage();
    await page.goto(first.url());
    const keys = page.keyboard;
    await page.getByLabel('Your name').fill('lea');
    await keys.press('Enter');
    await page.getByRole('button', { name: 'Continue here' }).waitFor();
    expect(await unreached(page)).toEqual([]);

    await tabTo(page, /^Continue here$/);
    await keys.press('Enter');
    await page.getByRole('heading', { name: 'Everyone', level: 1 }).waitFor();
    // The room is shown before the name is there again; until then it cannot be asked for anything.
    await write(page, 'here');
    await expectMessage(page, 'here', 'lea');
    bob.send(message('bob', 'see https://example.org') + privateMessage('bob', 'lea', 'psst'));
    bob.send(requestPrivate('bob', 'lea') + requestPrivate('bob', 'lea'));
    await page.getByRole('button', { name: 'Refuse' }).waitFor();
    await page.getByRole('link').waitFor();
    if ((await page.getByRole('heading', { name: 'Who is here' }).count()) === 0) {
      await tabTo(page, /^Show who is here/);
      await keys.press('Enter');
      await page.getByRole('heading', { name: 'Who is here' }).waitFor();
    }
    await tabTo(page, /^Wire inspector$/);
    await keys.press('Enter');
    await page.getByRole('region', { name: 'Wire inspector' }).waitFor();
    await expect.poll(() => focusName(page)).toBe('Close');
    expect(await unreached(page)).toEqual([]);

    await tabTo(page, /^Settings$/);
    await keys.press('Enter');
    const settings = page.getByRole('dialog', { name: 'Settings' });
    await settings.waitFor();
    expect(await unreached(page)).toEqual([]);
    await settings.getByRole('radio', { name: 'Same as the system' }).focus();
    await keys.press('ArrowDown');
    await expect.poll(() => page.locator('html').getAttribute('data-theme')).toBe('light');
    await keys.press('Escape');
    await expect.poll(() => focusName(page)).toBe('Settings');
    for (const name of ['Go to', 'Commands and keys']) {
      await tabTo(page, new RegExp(`^${name}$`));
      await keys.press('Enter');
      await page.getByRole('dialog', { name }).waitFor();
      expect(await unreached(page)).toEqual([]);
      await keys.press('Escape');
      await expect.poll(() => focusName(page)).toBe(name);
    }

    // At this width the list of people and the inspector take the place of each other.
    const inspector = page.getByRole('region', { name: 'Wire inspector' });
    const people = page.getByRole('heading', { name: 'Who is here' });
    const shown = async () => [await inspector.isVisible(), await people.isVisible()];
    const press = async (name: RegExp) => {
      await tabTo(page, name);
      await keys.press('Enter');
    };
    expect(await page.locator('.people-button').getAttribute('aria-expanded')).toBe('false');
    await press(/^Show who is here/);
    await expect.poll(shown).toEqual([false, true]);
    await press(/^Wire inspector$/);
    await expect.poll(shown).toEqual([true, false]);
    // On a projector nothing of the conversation is below it.
    const overlap = await page.evaluate(() => {
      document.documentElement.dataset['density'] = 'presentation';
      const [room, wire] = ['.conversation', '.wire'].map((part) =>
        document.querySelector(part)!.getBoundingClientRect(),
      );
      delete document.documentElement.dataset['density'];
      return Math.min(room!.right - wire!.left, room!.bottom - wire!.top);
    });
    expect(overlap).toBeLessThan(1);
    await press(/^Wire inspector$/);
    await expect.poll(shown).toEqual([false, true]);
    await tabTo(page, /^bob$/);
    await keys.press('ArrowRight');
    await expect.poll(() => focusName(page)).toBe('Ask bob for a private connection');
    await keys.press('Enter');
    await page.getByRole('heading', { name: 'bob', level: 1 }).waitFor();
    await keys.press('F6');
  });

  it('the focus goes on when what had it is gone', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea', { viewport: { width: 390, height: 844 } });
    const { keyboard: keys } = page;
    const expectFocus = (name: RegExp) => expect.poll(() => focusName(page)).toMatch(name);
    const eve = await room.join('eve');
    bob.send(requestPrivate('bob', 'lea'));
    await page.getByRole('group', { name: 'bob asks' }).waitFor();
    eve.send(requestPrivate('eve', 'lea'));
    await page.getByText('and 1 more').waitFor();
    await tabTo(page, /^Refuse$/, 'Shift+Tab');
    // A key that is held down answers one request, and the next one has the focus.
    await keys.down('Enter');
    await page.getByRole('group', { name: 'eve asks' }).waitFor();
    await keys.down('Enter');
    await bob.expect(koPrivate('bob', 'lea'));
    await keys.up('Enter');
    await expectFocus(/^Refuse$/);
    expect(await page.getByRole('group', { name: 'eve asks' }).count()).toBe(1);
    await keys.press('Enter');
    await eve.expect(koPrivate('eve', 'lea'));
    await expectFocus(/^Write to everyone/);

    // A key that is meant for a request that goes away by itself does not send what is half written.
    await keys.type('half');
    const carl = await room.join('carl');
    carl.send(requestPrivate('carl', 'lea'));
    await page.getByRole('group', { name: 'carl asks' }).waitFor();
    await tabTo(page, /^Refuse$/, 'Shift+Tab');
    carl.end();
    await expectFocus(/^Messages: Everyone/);
    await keys.press('Escape');
    await composer(page).fill('');

    await tabTo(page, /^Show conversations/, 'Shift+Tab');
    await keys.press('Enter');
    await expectFocus(/^Everyone/);
    await keys.press('Enter');
    await expectFocus(/^Write to everyone/);

    await tabTo(page, /^Show who is here/, 'Shift+Tab');
    await keys.press('Enter');
    await expectFocus(/^Close the list of people/);
    // Nothing behind it can be reached.
    expect(await page.locator('.chat > :not(.people, .scrim, [inert], .announcer)').count()).toBe(0);
    await page.getByRole('button', { name: 'Ask eve for a private connection' }).focus();
    eve.end();
    await expectFocus(/^Search for a name/);
    await keys.press('Escape');
    await expectFocus(/^Show who is here/);
    await tabTo(page, /^Show conversations/, 'Shift+Tab');
    await keys.press('Enter');
    await tabTo(page, /^Wire inspector/, 'Shift+Tab');
    await keys.press('Enter');
    await expectFocus(/^Close/);
    await keys.press('Escape');
    await expectFocus(/^Wire inspector/);
    // From the list, too, it leads to the field.
    await keys.press('Escape');

    // It is shown with the next picture, and cannot have the focus until then.
    await expectFocus(/^Write to everyone/);
    await keys.type('/private bob');
    await keys.press('Enter');
    await expectFocus(/^Messages: bob/);
  });

  it('the focus stays in sight where its group grows by the exact time that it shows', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea', { viewport: { width: 320, height: 256 } });
    bob.send(message('bob', '```\nlet a;\n```'));
    for (let count = 0; count < 8; count++) bob.send(message('bob', `no. ${count}`));
    await expectMessage(page, 'no. 7');
    // The button of the code is one of the parts that come later.
    await untilWhole(page);
    await composer(page).focus();
    await page.keyboard.press('Shift+Tab');
    const far = () =>
      page.evaluate(async () => {
        // The scroll by the focus, and what follows it.
        for (let frame = 0; frame < 6; frame++)
          await new Promise((resolve) => requestAnimationFrame(resolve));
        const [focused, log] = [document.activeElement!, document.querySelector('.log')!];
        if (!focused.matches('.copy')) return focused.outerHTML;
        return focused.getBoundingClientRect().top - log.getBoundingClientRect().top;
      });
    expect(await far()).toBeGreaterThan(-1);
  });

  it('the focus can always be seen', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea', { viewport: { width: 1280, height: 720 } });
    await showPeople(page);
    bob.send(message('bob', 'see https://example.org') + requestPrivate('bob', 'lea'));
    await page.getByRole('link').waitFor();
    (await room.join('ann')).send(requestPrivate('ann', 'lea'));
    await page.getByText('and 1 more').waitFor();
    const seen = new Set<string>();
    for (let presses = 0; presses < 30; presses++) {
      await page.keyboard.press('Tab');
      const name = await focusName(page);
      const shown = await page.evaluate(() => {
        const focused = document.activeElement;
        if (!(focused instanceof HTMLElement) || focused === document.body) return true;
        // A text field shows its focus by the frame around it.
        const framed = focused.closest('.field, .row') ?? focused;
        const { outlineStyle, outlineWidth, outlineOffset } = getComputedStyle(focused);
        const frame = getComputedStyle(framed).borderColor;
        // Around what fills something that scrolls, none would be seen.
        const around = getComputedStyle(focused.parentElement!);
        const fills = focused.offsetWidth === focused.parentElement!.clientWidth;
        const isHigh = focused.offsetHeight === focused.parentElement!.clientHeight;
        const isCut =
          parseFloat(outlineOffset) >= 0 &&
          ((fills && around.overflowY !== 'visible') ||
            (isHigh && around.contentVisibility === 'auto' && around.overflowClipMargin === '0px'));
        return (
          (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 && !isCut) ||
          (framed !== focused && frame !== '')
        );
      });
      expect(shown, name).toBe(true);
      seen.add(name);
    }
    // One of the rows has the stop of Tab.
    expect(['ann', 'bob'].some((name) => seen.has(name))).toBe(true);
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

/**
 * Goes through the page by Tab, once round, and names the controls in sight that had no focus. Of a group of radio buttons
 * one has it, and what steps by arrow keys is no stop of Tab.
 */
async function unreached(page: Page): Promise<readonly string[]> {
  const note = () =>
    page.evaluate(() => {
      const focused = document.activeElement as HTMLElement | null;
      const isNew = focused !== null && focused !== document.body && focused.dataset['reached'] === undefined;
      if (isNew) focused.dataset['reached'] = '';
      return isNew;
    });
  await note();
  // At the end of the page the focus goes out of it, and comes back at its beginning.
  for (let presses = 0, known = 0; presses < 120 && known < 3; presses++) {
    await page.keyboard.press('Tab');
    known = (await note()) ? 0 : known + 1;
  }
  return page.evaluate(() => {
    const controls = 'a[href], button, input, textarea, select, summary, [tabindex="0"]';
    const modal = document.querySelector('dialog[open]');
    const all = [...(modal ?? document).querySelectorAll<HTMLElement>(controls)];
    const missed = all.filter((control) => {
      const isStop = control.tabIndex >= 0 && !control.matches(':disabled, [type=radio]:not(:checked)');
      const isShown = control.checkVisibility({ visibilityProperty: true }) && !control.closest('[inert]');
      return isStop && isShown && control.dataset['reached'] === undefined;
    });
    for (const control of all) delete control.dataset['reached'];
    return missed.map((control) => control.outerHTML.slice(0, 120));
  });
}
