import type { Locator, Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { message, privateMessage, requestPrivate } from '../support/raw-hex.ts';
import { useRoom } from '../support/raw-room.ts';
import { composer, expectMessage, proposeName, usePages, write } from './support/page.ts';

/** Styles that remain of an element where the system gives the colours. */
const shapeOf = (element: Locator) =>
  element.evaluate((it) => {
    const {
      borderTopWidth,
      borderInlineStartWidth,
      borderColor,
      outlineStyle,
      outlineWidth,
      textDecorationLine,
    } = getComputedStyle(it);
    return JSON.stringify([
      borderTopWidth === '0px' ? '' : [borderTopWidth, borderInlineStartWidth, borderColor],
      outlineStyle === 'none' ? '' : outlineWidth,
      textDecorationLine,
    ]);
  });

describe('in the colours of the system', () => {
  const room = useRoom();
  const pages = usePages();

  it('what is chosen, open, new, mine, mentioned or has the focus has a shape of its own', async () => {
    const bob = await room.join('bob');
    await room.join('bobette');
    const expectApart = async (one: Locator, other: Locator) =>
      expect(await shapeOf(one), String(one)).not.toBe(await shapeOf(other));
    const page = await pages.visit(room.gateway, { forcedColors: 'active' });
    await expectApart(page.locator('[aria-pressed=true]'), page.locator('[aria-pressed=false]'));
    await proposeName(page, 'lea');
    await composer(page).waitFor();
    bob.send(message('bob', 'plain') + message('bob', 'lea!') + privateMessage('bob', 'lea', 'psst'));
    await expectMessage(page, 'lea!', 'bob');
    await write(page, 'mine');
    await expectMessage(page, 'mine');
    const badge = page.locator('.unread').first();
    await badge.waitFor();
    const plain = page.locator('.text').filter({ hasText: /^plain$/ });
    await expectApart(page.locator('.text.mention'), plain);
    await expectApart(page.locator('.group.mine .text'), plain);
    await expectApart(badge, page.locator('.conversation-item .last').first());
    await expectApart(
      page.locator('.conversation-item[aria-current]'),
      page.locator('.conversation-item:not([aria-current])'),
    );
    const people = page.locator('.people-button');
    const closed = await shapeOf(people);
    await people.click();
    expect(await shapeOf(people)).not.toBe(closed);
    await people.click();

    await composer(page).focus();
    const field = page.locator('.composer .field');
    const focused = await shapeOf(field);
    await composer(page).pressSequentially('@bo');
    await expectApart(
      page.getByRole('option', { selected: true }),
      page.getByRole('option', { selected: false }),
    );
    await composer(page).blur();
    expect(await shapeOf(field)).not.toBe(focused);
    await page.keyboard.press('Control+k');
    const dialog = page.getByRole('dialog', { name: 'Go to' });
    await expectApart(
      dialog.getByRole('option', { selected: true }),
      dialog.getByRole('option', { selected: false }).first(),
    );
  });
});

/** Expects that the element can be scrolled into the window whole, is not covered there, and can be pressed. */
async function expectReachable(page: Page, element: Locator): Promise<void> {
  await element.scrollIntoViewIfNeeded();
  const found = await element.evaluate((it) => {
    const { top, bottom, left, right } = it.getBoundingClientRect();
    const at = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
    return { top, bottom, left, right, hit: it.contains(at) || Boolean(at?.contains(it)) };
  });
  const { width, height } = page.viewportSize()!;
  expect(found.hit, String(element)).toBe(true);
  expect(Math.min(found.top, found.left), String(element)).toBeGreaterThanOrEqual(-1);
  expect(found.bottom, String(element)).toBeLessThanOrEqual(height + 1);
  expect(found.right, String(element)).toBeLessThanOrEqual(width + 1);
}

describe('on a phone whose letters are twice as large', () => {
  const room = useRoom();
  const pages = usePages();

  it('one sees to whom one writes and who is here, words are whole, and every button can be reached', async () => {
    const bob = await room.join('bob');
    // By zoom; large letters are the same to the layout, whose lengths are all of letters.
    const page = await pages.join(room.gateway, 'lea', { viewport: { width: 180, height: 320 } });
    const isWhole = (element: Locator) =>
      element.evaluate((it) => {
        const range = document.createRange();
        range.selectNodeContents(it);
        const words = range.getBoundingClientRect();
        return words.width > 20 && words.height < 2 * Number.parseFloat(getComputedStyle(it).lineHeight);
      });
    const heading = page.locator('.conversation h1');
    await expectReachable(page, page.getByRole('button', { name: 'This conversation' }));
    await expectReachable(page, page.getByRole('button', { name: /^Show who is here/ }));
    await expectReachable(page, heading);
    expect(await isWhole(heading)).toBe(true);
    await page.getByRole('button', { name: 'This conversation' }).click();
    await expectReachable(page, page.getByRole('menuitem').first());
    await page.keyboard.press('Escape');
    bob.send(privateMessage('bob', 'lea', 'psst') + requestPrivate('bob', 'lea'));
    for (const name of ['Accept', 'Refuse', 'Ignore']) {
      const button = page.getByRole('button', { name, exact: true });
      await expectReachable(page, button);
      expect(await isWhole(button), name).toBe(true);
    }
    await page.getByRole('button', { name: 'Later, in the list' }).click();

    await page.getByRole('button', { name: /^Show who is here/ }).click();
    const person = page.locator('.people').getByRole('button', { name: 'bob', exact: true });
    await expectReachable(page, person);
    expect(await isWhole(person)).toBe(true);
    await person.click();
    await expectReachable(page, heading);
    expect(await heading.textContent()).toBe('bob');
    expect((await heading.boundingBox())!.width).toBeGreaterThan(100);
    await expectReachable(page, page.getByRole('button', { name: 'Ask bob for a private connection' }));

    await page.getByRole('button', { name: /^Show conversations/ }).click();
    for (const name of ['Go to', 'Invite', 'Settings', 'Commands and keys']) {
      const tool = page.getByRole('button', { name, exact: true });
      await expectReachable(page, tool);
      await tool.click();
      const dialog = page.getByRole('dialog');
      await expectReachable(page, dialog.getByRole('button', { name: 'Close' }));
      expect((await dialog.getByRole('heading', { level: 2 }).boundingBox())!.width, name).toBeGreaterThan(
        90,
      );
      await dialog.getByRole('button', { name: 'Close' }).click();
      await dialog.waitFor({ state: 'detached' });
    }
  });
});

describe('on a phone on its side, with its keyboard up', () => {
  const room = useRoom();
  const pages = usePages();

  it('one sees what is wrong with a name, without scrolling', async () => {
    await room.join('bob');
    const page = await pages.visit(room.gateway, { viewport: { width: 844, height: 170 } });
    const problem = page.locator('#name-problem');
    for (const name of ['x'.repeat(31), 'bob']) {
      await proposeName(page, name);
      await problem.filter({ hasText: name.length > 30 ? 'too long' : 'bob' }).waitFor();
      const end = () => problem.evaluate((it) => it.getBoundingClientRect().bottom);
      await expect.poll(end, { message: name }).toBeLessThanOrEqual(170);
    }
  });
});

describe.each([
  { width: 320, height: 256 },
  { width: 844, height: 390 },
  { width: 740, height: 180 },
])('in a window of $width × $height', (viewport) => {
  const room = useRoom();
  const pages = usePages();
  const heightOf = (element: Locator) => element.evaluate((it) => it.clientHeight);

  it('the log, the buttons and the footer can be reached, with a long draft and a request pending', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea', { viewport });
    bob.send(Array.from({ length: 20 }, (_, index) => message('bob', `no. ${index}`)).join(''));
    await expectMessage(page, 'no. 19', 'bob');
    const log = page.getByRole('log');
    const field = (await page.locator('.composer .field').boundingBox())!;
    expect(field.y + field.height).toBeLessThanOrEqual(viewport.height);
    await composer(page).fill('line\n'.repeat(20));
    expect(await heightOf(log)).toBeGreaterThan(50);
    await expectReachable(page, page.getByRole('button', { name: 'Send' }));
    bob.send(requestPrivate('bob', 'lea'));
    await page.locator('.request').waitFor();
    expect(await heightOf(log)).toBeGreaterThan(50);
    for (const name of ['Send', 'Accept', 'Refuse'])
      await expectReachable(page, page.getByRole('button', { name, exact: true }));
    await composer(page).fill('@');
    await expectReachable(page, page.getByRole('option', { name: 'bob' }));
    await composer(page).fill('');

    await page.getByRole('button', { name: /^Show who is here/ }).click();
    for (const person of await page.locator('.people li').all()) await expectReachable(page, person);
    await expectReachable(page, page.getByLabel('Show who comes and goes'));
    await page.getByRole('button', { name: 'Close the list of people' }).click();
    await page.locator('.people').waitFor({ state: 'detached' });

    const toList = page.getByRole('button', { name: /^Show conversations/ });
    if (await toList.isVisible()) await toList.click();
    for (const name of ['Leave', 'Write to someone', 'Commands and keys'])
      await expectReachable(page, page.getByRole('button', { name, exact: true }));
    for (const item of await page.locator('.conversation-item').all()) await expectReachable(page, item);
    const { y, height } = (await page.locator('.rail footer').boundingBox())!;
    expect(y + height).toBeLessThanOrEqual(viewport.height + 1);

    // Of the inspector's list there is more than a line in sight.
    await page.getByRole('button', { name: 'Wire inspector' }).click();
    expect(await heightOf(page.locator('.wire ol'))).toBeGreaterThan(100);
    for (const part of ['.wire ol', '.wire .close']) await expectReachable(page, page.locator(part));
  });
});
