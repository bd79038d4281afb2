import { describe, expect, it } from 'vitest';
import { message } from '../support/raw-hex.ts';
import { useRoom } from '../support/raw-room.ts';
import { expectMessage, usePages } from './support/page.ts';

describe('the page on paper', () => {
  const room = useRoom();
  const pages = usePages();

  it('is all of the log, and nothing else; a line that is too long is broken', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea');
    const numbers = Array.from({ length: 600 }, (_, index) => message('bob', `no. ${index}`));
    bob.send(numbers.join('') + message('bob', '```\nblock **x**\n```') + message('bob', 'last'));
    await expectMessage(page, 'last');
    await page.getByRole('button', { name: 'Wire inspector' }).waitFor();
    await page.keyboard.press('Control+f');
    await page.getByRole('textbox', { name: 'Find in this conversation' }).waitFor();
    const block = page.locator('.text pre');
    await block.evaluate((it) => (it.style.width = '3rem'));
    const isCut = () => block.evaluate(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth);
    expect(await isCut()).toBe(true);
    await page.emulateMedia({ media: 'print' });
    expect(await isCut()).toBe(false);
    const laidOut = () => page.locator('.log [data-id]').count();
    const print = (when: string) => page.evaluate((type) => dispatchEvent(new Event(type)), when);
    expect(await laidOut()).toBeLessThan(300);
    await print('beforeprint');
    expect(await laidOut()).toBe(602);
    expect(await page.locator('.composer, .rail, .find').filter({ visible: true }).count()).toBe(0);
    expect(await page.evaluate(() => document.documentElement.scrollHeight)).toBeGreaterThan(10_000);
    await page.emulateMedia({ media: null });
    await print('afterprint');
    await expect.poll(laidOut).toBeLessThan(300);
  });
});
