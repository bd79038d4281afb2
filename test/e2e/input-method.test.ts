import type { CDPSession, Locator, Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { message } from '../support/raw-hex.ts';
import { useRoom } from '../support/raw-room.ts';
import { composer, expectMessage, expectOpen, messages, usePages, write } from './support/page.ts';

/** Properties of the Enter that ends a composition: in Safari just after it, in other browsers within it. */
const OF_AN_INPUT_METHOD = [
  { isComposing: true, keyCode: 13 },
  { isComposing: false, keyCode: 229 },
] as const;

/** Presses a key as part of an input method, in both ways; true when the browser may act on it both times. */
async function pressAsInputMethod(target: Locator, key: string): Promise<boolean> {
  return target.evaluate(
    (it, { all, key }) =>
      all
        .map((init) => new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...init }))
        .map((event) => it.dispatchEvent(event))
        .every(Boolean),
    { all: OF_AN_INPUT_METHOD, key },
  );
}

/** Composes text with an input method of Chromium itself. */
class InputMethod {
  readonly #session: CDPSession;

  private constructor(session: CDPSession) {
    this.#session = session;
  }

  static async of(page: Page): Promise<InputMethod> {
    return new InputMethod(await page.context().newCDPSession(page));
  }

  /** Sets the text that is being composed. */
  async compose(text: string): Promise<void> {
    const { length } = text;
    await this.#session.send('Input.imeSetComposition', {
      text,
      selectionStart: length,
      selectionEnd: length,
    });
  }

  /** Ends the composition with this text. */
  async commit(text: string): Promise<void> {
    await this.#session.send('Input.insertText', { text });
  }
}

describe('the keys of an input method', () => {
  const room = useRoom();
  const pages = usePages();

  it('join nobody, and send no form', async () => {
    const page = await pages.visit(room.gateway);
    const name = page.getByLabel('Your name');
    await name.fill('にほん');
    expect(await pressAsInputMethod(name, 'Enter')).toBe(false);
    await page.getByRole('heading', { name: 'Come in' }).waitFor();
  });

  it('send nothing, choose no proposal, recall nothing, and close nothing', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea');
    await write(page, 'said');
    await expectMessage(page, 'said');
    await composer(page).pressSequentially('@bo');
    await page.getByRole('option', { name: 'bob' }).waitFor();
    for (const key of ['Enter', 'Tab', 'Escape', 'ArrowDown']) await pressAsInputMethod(composer(page), key);
    await expect.poll(() => composer(page).inputValue()).toBe('@bo');
    await expect.poll(() => page.getByRole('option', { name: 'bob', selected: true }).count()).toBe(1);
    await composer(page).fill('');
    await pressAsInputMethod(composer(page), 'ArrowUp');
    await expect.poll(() => composer(page).inputValue()).toBe('');
    await composer(page).fill('にほん');
    await pressAsInputMethod(composer(page), 'Enter');
    await expect.poll(() => composer(page).inputValue()).toBe('にほん');
    await expect.poll(() => messages(page)).toEqual(['said']);
    // The next Enter is the person's own, and sends once.
    await composer(page).press('Enter');
    await bob.expect(message('lea', 'said') + message('lea', 'にほん'));
  });

  it('go nowhere in the log, among people, by the shortcuts, and in the dialogs', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea');
    bob.send(message('bob', 'hi'));
    await expectMessage(page, 'hi', 'bob');
    const group = page.locator('.group').first();
    await group.focus();
    await pressAsInputMethod(group, 'Enter');
    for (const key of ['?', 'F6']) await pressAsInputMethod(group, key);
    await expect.poll(() => group.evaluate((it) => it === document.activeElement)).toBe(true);
    await expectOpen(page, 'Everyone');
    // Except that what begins a letter leads to where one writes.
    await pressAsInputMethod(group, 'Process');
    await expect.poll(() => composer(page).evaluate((it) => it === document.activeElement)).toBe(true);

    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByRole('button', { name: /^Show who is here/ }).click();
    const search = page.getByLabel('Search for a name');
    await search.fill('bo');
    await pressAsInputMethod(search, 'Escape');
    await search.press('Escape');
    await search.waitFor({ state: 'detached' });
    await page.setViewportSize({ width: 1280, height: 800 });

    await page.keyboard.press('Control+k');
    const jump = page.getByRole('combobox');
    await jump.fill('bob');
    for (const key of ['Enter', 'ArrowDown']) await pressAsInputMethod(jump, key);
    expect(await pressAsInputMethod(jump, 'Escape')).toBe(false);
    await jump.waitFor();
    await expectOpen(page, 'Everyone');
    await jump.press('Enter');
    await expectOpen(page, 'bob');
  });
});

describe('while an input method composes', () => {
  const room = useRoom();
  const pages = usePages();
  const value = (page: Page) => composer(page).inputValue();

  it('nothing is put into the field; an emoji comes when the composition has ended, once', async () => {
    const page = await pages.join(room.gateway, 'lea');
    await composer(page).pressSequentially('x ');
    await page.getByRole('button', { name: 'Go to' }).waitFor();
    const ime = await InputMethod.of(page);
    for (const text of [':ta', ':tada', ':tada:']) await ime.compose(text);
    await expect.poll(() => value(page)).toBe('x :tada:');
    await ime.commit(':tada:');
    await expect.poll(() => value(page)).toBe('x 🎉');
    await composer(page).press('Enter');
    await expectMessage(page, 'x 🎉');
  });

  it('a proposal that is pressed takes the place of what was composed', async () => {
    const page = await pages.join(room.gateway, '太');
    await room.join('太郎');
    const ime = await InputMethod.of(page);
    await composer(page).pressSequentially('给@');
    for (const text of ['たろ', '太']) await ime.compose(text);
    await page.getByRole('option', { name: '太郎' }).click();
    await expect.poll(() => value(page)).toBe('给@太郎 ');
    await composer(page).pressSequentially('!');
    await expect.poll(() => value(page)).toBe('给@太郎 !');
  });

  it('the button sends what is there, once, and leaves nothing behind', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea');
    const ime = await InputMethod.of(page);
    await ime.compose('にほ');
    await ime.compose('日本');
    // The form is submitted without a click, as where a tap on a button does not take the focus.
    await page.evaluate(() => document.querySelector('form')?.requestSubmit());
    await bob.expect(message('lea', '日本'));
    await expect.poll(() => value(page)).toBe('');
    await write(page, 'and on');
    await bob.expect(message('lea', 'and on'));
    await expect.poll(() => messages(page)).toEqual(['日本', 'and on']);
  });

  it('messages that come change nothing in the field', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea');
    const ime = await InputMethod.of(page);
    await composer(page).pressSequentially('a ');
    await ime.compose('にほ');
    bob.send(message('bob', 'hi'));
    await expectMessage(page, 'hi', 'bob');
    await ime.compose('にほん');
    await ime.commit('日本');
    await expect.poll(() => value(page)).toBe('a 日本');
  });
});

describe('what the page puts into the field', () => {
  const room = useRoom();
  const pages = usePages();
  const value = (page: Page) => composer(page).inputValue();
  const undo = (page: Page) => composer(page).press('Control+z');

  it('is undone like what one types: a name', async () => {
    await room.join('bob');
    const page = await pages.join(room.gateway, 'lea');
    await composer(page).pressSequentially('hello @bo');
    await page.getByRole('option', { name: 'bob' }).waitFor();
    await composer(page).press('Enter');
    await expect.poll(() => value(page)).toBe('hello @bob ');
    await undo(page);
    await expect.poll(() => value(page)).toBe('hello @bo');
    await composer(page).press('Control+Shift+z');
    await expect.poll(() => value(page)).toBe('hello @bob ');
  });

  it('is undone like what one types: an emoji, which then stays as it was written', async () => {
    const page = await pages.join(room.gateway, 'lea');
    await page.getByRole('button', { name: 'Go to' }).waitFor();
    await composer(page).pressSequentially('wow :tada: nice');
    await expect.poll(() => value(page)).toBe('wow 🎉 nice');
    const seen = new Set<string>();
    while ((await value(page)) !== '' && seen.size < 20) {
      await undo(page);
      seen.add(await value(page));
    }
    expect(seen).toContain('wow :tada:');
    for (const text of seen) expect('wow :tada: nice wow 🎉 nice').toContain(text);
    await composer(page).pressSequentially('so :tada:');
    await undo(page);
    await expect.poll(() => value(page)).toBe('so :tada:');
    await composer(page).pressSequentially(' it is');
    await composer(page).press('Enter');
    await expectMessage(page, 'so :tada: it is');
  });

  it('and what it takes out comes back whole, at no wrong place', async () => {
    const page = await pages.join(room.gateway, 'lea');
    await write(page, 'first');
    await expectMessage(page, 'first');
    await composer(page).pressSequentially('second');
    await composer(page).press('ArrowLeft');
    const seen = new Set<string>();
    for (let presses = 0; presses < 6; presses++) {
      await undo(page);
      seen.add(await value(page));
    }
    for (const text of seen) expect(['', 'first']).toContain(text);
    await composer(page).fill('');
    await composer(page).press('ArrowUp');
    await expect.poll(() => value(page)).toBe('first');
    await undo(page);
    await expect.poll(() => value(page)).toBe('');
  });
});
