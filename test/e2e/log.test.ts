import type { Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { message } from '../support/raw-hex.ts';
import { useRoom } from '../support/raw-room.ts';
import { begin, composer, expectMessage, usePages } from './support/page.ts';

describe('the log, in a browser', () => {
  const room = useRoom();
  const pages = usePages();
  const log = (page: Page) => page.getByRole('log');
  const atEnd = (page: Page) =>
    log(page).evaluate((it) => it.scrollHeight - it.scrollTop - it.clientHeight <= 1);
  const scrollTo = (page: Page, top: number) => log(page).evaluate((it, to) => it.scrollTo(0, to), top);
  const numbered = (name: string, from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) => message(name, `no. ${from + index}`)).join('');

  it('makes links of addresses, which tell the other site nothing', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea');
    bob.send(message('bob', 'see https://example.org/a?b, not javascript:alert(1)'));
    const link = page.getByRole('link', { name: 'https://example.org/a?b' });
    await expect.poll(() => link.getAttribute('rel')).toBe('noopener noreferrer nofollow');
    await expect.poll(() => link.getAttribute('target')).toBe('_blank');
    await expect.poll(() => page.getByRole('link').count()).toBe(1);
  });

  it('stays at the end, and where one reads once one has scrolled back, and counts what is new below', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea');
    bob.send(numbered('bob', 0, 400));
    await expectMessage(page, 'no. 399');
    await expect.poll(() => atEnd(page)).toBe(true);

    // A layout that is just being measured may scroll back to the end once; a person scrolls again then.
    const jump = page.getByRole('button', { name: 'Jump to the latest' });
    const scrolledBack = async () => {
      await scrollTo(page, 2000);
      return jump.isVisible();
    };
    await expect.poll(scrolledBack, { timeout: 10_000 }).toBe(true);
    const top = () =>
      page.getByText('no. 60', { exact: true }).evaluate((it) => it.getBoundingClientRect().top);
    const before = await top();
    bob.send(numbered('bob', 400, 403));
    const down = page.getByRole('button', { name: '3 new messages below' });
    await down.waitFor();
    expect(Math.abs((await top()) - before)).toBeLessThan(1);

    await down.click();
    await expectMessage(page, 'no. 402');
    await expect.poll(() => atEnd(page)).toBe(true);
    await down.waitFor({ state: 'detached' });
  });

  it('keeps few of many messages in the document, and shows each when one gets there', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea');
    bob.send(numbered('bob', 0, 3000));
    await expectMessage(page, 'no. 2999');
    expect(await page.locator('.text').count()).toBeLessThan(300);

    await scrollTo(page, 0);
    await page.getByText('no. 0', { exact: true }).waitFor();
    await log(page).hover();
    expect(await page.locator('.text').count()).toBeLessThan(300);
    for (let screens = 0; screens < 5; screens++) {
      const before = await log(page).evaluate((it) => it.scrollTop);
      await page.mouse.wheel(0, 400);
      await expect.poll(() => log(page).evaluate((it) => it.scrollTop)).toBeGreaterThan(before);
    }
    const texts = await page.locator('.text').allTextContents();
    const numbers = texts.map((text) => Number(text.slice(4)));
    expect(numbers).toEqual(numbers.map((_, index) => numbers[0]! + index));
  });

  it('begins at the line of what is new, which goes with the next visit', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea');
    bob.send(message('bob', 'before'));
    await expectMessage(page, 'before');
    await begin(page, 'bob');
    bob.send(numbered('bob', 0, 60));
    await page.getByRole('button', { name: /Everyone.*no\. 59/ }).click();
    const line = page.getByRole('heading', { name: 'New', exact: true });
    await line.waitFor();
    expect(await line.evaluate((it) => it.getBoundingClientRect().top)).toBeGreaterThan(0);
    await page.getByRole('button', { name: 'Jump to the latest' }).waitFor();
    await expectMessage(page, 'no. 0');

    await page.getByRole('button', { name: /^bob/ }).first().click();
    await page.getByRole('button', { name: /Everyone.*no\. 59/ }).click();
    await expectMessage(page, 'no. 59');
    expect(await line.count()).toBe(0);
  });

  it('goes from message to message by arrow keys, and shows the exact time of the one with the focus', async () => {
    const bob = await room.join('bob');
    const ann = await room.join('ann');
    const page = await pages.join(room.gateway, 'lea');
    bob.send(message('bob', 'first'));
    await expectMessage(page, 'first');
    ann.send(message('ann', 'second'));
    await expectMessage(page, 'second');
    await log(page).focus();
    const focused = page.locator('.group:focus');
    // The keys of the log come with the lazily loaded part of the page.
    const firstStep = async () => {
      await page.keyboard.press('ArrowUp');
      return focused.count();
    };
    await expect.poll(firstStep).toBe(1);
    await expect.poll(() => focused.locator('.text').textContent()).toBe('second');
    await page.keyboard.press('ArrowUp');
    await expect.poll(() => focused.locator('.text').textContent()).toBe('first');
    await expect.poll(() => focused.locator('time .exact').isVisible()).toBe(true);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'bob', exact: true }).waitFor();
    await composer(page).waitFor();
  });
});
