import type { Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { message } from '../support/raw-hex.ts';
import { useRoom } from '../support/raw-room.ts';
import { composer, expectMessage, proposeName, usePages, write } from './support/page.ts';

const log = (page: Page) => page.getByRole('log');
const numbered = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => message('bob', `line ${from + index}`)).join('');
/** Lines of a copied text without their times, as in `[13:56] bob: line 3`. */
const lineOf = (copied: string) => copied.split('\n').map((line) => line.replace(/^\[\d\d:\d\d\] /, ''));
const expected = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => `bob: line ${from + index}`);

describe('copying from the log, in a browser', { timeout: 60_000 }, () => {
  const room = useRoom();
  const pages = usePages();

  const enter = async () => {
    const bob = await room.join('bob');
    const page = await pages.visit(room.gateway, { permissions: ['clipboard-read', 'clipboard-write'] });
    await proposeName(page, 'lea');
    await composer(page).waitFor();
    // The lazily loaded part of the page does the copying.
    await page.getByRole('button', { name: 'Wire inspector' }).waitFor();
    return { bob, page };
  };
  const copy = async (page: Page) => {
    await page.keyboard.press('Control+c');
    return page.evaluate(() => navigator.clipboard.readText());
  };
  const at = (page: Page, text: string) => page.getByText(text, { exact: true });
  const selectedText = (page: Page) => page.evaluate(() => String(getSelection()));

  it('Ctrl+A is the whole log, wherever one is in it, and not what comes after', async () => {
    const { bob, page } = await enter();
    bob.send(numbered(0, 300));
    await expectMessage(page, 'line 299');
    await log(page).focus();
    await page.keyboard.press('Control+a');
    await expect.poll(() => selectedText(page)).toContain('line 0\n');
    bob.send(numbered(300, 303));
    await expectMessage(page, 'line 302');
    const copied = await copy(page);
    expect(copied.split('\n')[0]).toMatch(/^\[\d\d:\d\d\] bob: line 0$/);
    expect(lineOf(copied)).toEqual(expected(0, 300));
    expect(await selectedText(page)).not.toContain('line 302');

    await log(page).evaluate((it) => it.scrollTo(0, it.scrollHeight / 2));
    await at(page, 'line 150').waitFor();
    await page.keyboard.press('Control+a');
    await expect.poll(() => selectedText(page)).toContain('line 302');
    expect(lineOf(await copy(page))).toEqual(expected(0, 303));
  });

  it('a selection that scrolls holds all that is between its ends', async () => {
    const { bob, page } = await enter();
    bob.send(numbered(0, 300));
    await expectMessage(page, 'line 299');
    await log(page).evaluate((it) => it.scrollTo(0, 0));
    await at(page, 'line 2').click({ position: { x: 1, y: 5 } });
    await log(page).evaluate((it) => it.scrollTo(0, it.scrollHeight / 2));
    await at(page, 'line 150').waitFor();
    await log(page).evaluate((it) => it.scrollTo(0, it.scrollHeight));
    await at(page, 'line 299').waitFor();
    await at(page, 'line 299').click({ modifiers: ['Shift'], position: { x: 1, y: 5 } });
    bob.send(numbered(300, 400));
    await expectMessage(page, 'line 399');
    // The last message begins where the selection ends.
    expect(lineOf(await copy(page))).toEqual(expected(2, 299));
  });

  it('a part of one message is that part; a message, while others come, is that message', async () => {
    const { bob, page } = await enter();
    bob.send(message('bob', 'see https://example.org and think') + numbered(0, 3));
    await expectMessage(page, 'line 2');
    await at(page, 'https://example.org').waitFor();
    await page.getByText('and think').dblclick({ position: { x: 12, y: 8 } });
    expect((await copy(page)).trim()).toBe('see');

    await at(page, 'line 2').click({ clickCount: 3 });
    bob.send(numbered(3, 6));
    await expectMessage(page, 'line 5');
    expect(await copy(page)).toBe('line 2');
    bob.send(numbered(6, 200));
    await expectMessage(page, 'line 199');
    expect(await copy(page)).toBe('line 2');
  });

  it('own messages, and those that wait, have their author; the field keeps its own copy', async () => {
    const { bob, page } = await enter();
    await write(page, 'mine\nin two lines');
    bob.send(message('bob', 'theirs'));
    await expectMessage(page, 'theirs');
    await expectMessage(page, 'mine\nin two lines');
    await log(page).focus();
    await page.keyboard.press('Control+a');
    await expect.poll(() => selectedText(page)).toContain('theirs');
    const copied = await copy(page);
    expect(copied).toContain('lea: mine\n  in two lines');
    expect(copied).toMatch(/\[\d\d:\d\d\] bob: theirs/);
    expect(copied).not.toMatch(/Delivered|\u2068/);

    await composer(page).fill('a draft');
    await composer(page).press('Control+a');
    expect(await copy(page)).toBe('a draft');
  });

  it('a formatted message is copied as written when all of it is selected, else as it is seen', async () => {
    const { bob, page } = await enter();
    bob.send(message('bob', '**very bold**, `x`') + message('bob', '```\na\nb\n```\nc') + numbered(0, 1));
    await expectMessage(page, 'line 0');
    await page.locator('strong').waitFor();
    await page.locator('strong').click({ clickCount: 3 });
    expect(await copy(page)).toBe('**very bold**, `x`');
    await page.locator('strong').dblclick({ position: { x: 60, y: 8 } });
    expect((await copy(page)).trim()).toBe('bold');
    await page
      .locator('.text')
      .nth(1)
      .evaluate((it) => {
        const [code, after] = [it.querySelector('pre')!.childNodes[1]!, it.lastChild!];
        getSelection()?.setBaseAndExtent(code, 2, after, 1);
      });
    expect(await copy(page)).toBe('b\nc');
    await log(page).focus();
    await page.keyboard.press('Control+a');
    await expect.poll(() => selectedText(page)).toContain('line 0');
    expect(lineOf(await copy(page))).toEqual([
      'bob: **very bold**, `x`',
      'bob: ```',
      '  a',
      '  b',
      '  ```',
      '  c',
      'bob: line 0',
    ]);
  });
});
