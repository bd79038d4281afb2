import type { Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { message, privateMessage, requestPrivate } from '../support/raw-hex.ts';
import { useRoom } from '../support/raw-room.ts';
import { expectMessage, expectOpen, usePages } from './support/page.ts';
import { smallTargets } from './support/targets.ts';
import { tap, touched } from './support/touch.ts';

describe('a message that is pressed long, in a browser', () => {
  const room = useRoom();
  const pages = usePages();

  it('opens its menu, finds and selects by menus, and Back closes them', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea', touched(390));
    bob.send(message('bob', 'hold **me**') + message('bob', 'another'));
    await expectMessage(page, 'another');
    await page.locator('.text strong').hover();
    await page.locator('.message-bar').waitFor();
    expect(await smallTargets(page)).toEqual([]);
    const { x, y } = (await page.locator('.text').first().boundingBox())!;
    const session = await page.context().newCDPSession(page);
    const press = async () => {
      const touchPoints = [{ x: x + 8, y: y + 8 }];
      await session.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints });
      await page.getByRole('menuitem', { name: 'Copy' }).waitFor();
      await session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
    };
    // A browser takes a short tap there for one on the name above it, which is another conversation.
    await page.touchscreen.tap(x + 8, y + 8);
    await expectOpen(page, 'Everyone');
    await press();
    expect(await smallTargets(page)).toEqual([]);
    await page.goBack();
    await page.getByRole('menu').waitFor({ state: 'detached' });
    await expectOpen(page, 'Everyone');
    await press();
    await tap(page.getByRole('menuitem', { name: 'Select text' }));
    await expect.poll(() => page.evaluate(() => String(getSelection()))).toBe('hold me');
    await tap(page.getByText('another', { exact: true }));
    await expect.poll(() => page.evaluate(() => String(getSelection()))).toBe('');
    await press();
    await tap(page.getByRole('menuitem', { name: 'Copy' }));
    const copied = page.locator('.copied', { hasText: /^Copied$/ });
    await copied.waitFor();
    expect((await copied.boundingBox())!.height).toBeGreaterThan(20);

    await tap(page.getByRole('button', { name: 'This conversation' }));
    await tap(page.getByRole('menuitem', { name: 'Find in this conversation' }));
    await page.getByRole('textbox', { name: 'Find in this conversation' }).fill('hold');
    await page.getByRole('search').getByText('1 of 1').waitFor();
    expect(await smallTargets(page)).toEqual([]);

    // The list of people lies over the search as well, and is closed before it.
    await tap(page.getByRole('button', { name: /^Show who is here/ }));
    await page.locator('.people').waitFor();
    await page.goBack();
    await page.locator('.people').waitFor({ state: 'detached' });
    expect(await page.getByRole('search').isVisible()).toBe(true);
    await page.goBack();
    await page.getByRole('search').waitFor({ state: 'detached' });
    await expectOpen(page, 'Everyone');
  });
});

/** Taps what matches as soon as it is there, or what is at `place` then; resolves when that can be seen. */
const pressAsItComes = (page: Page, selector: string, place?: [number, number]) =>
  page.evaluate(
    ([wanted, at]) =>
      new Promise((resolve) => {
        new MutationObserver((_changes, observer) => {
          const come = document.querySelector(wanted);
          if (!come) return;
          observer.disconnect();
          const target = at ? document.elementFromPoint(...at) : come;
          target?.dispatchEvent(new MouseEvent('click', { bubbles: true, detail: 1 }));
          requestAnimationFrame(() => requestAnimationFrame(resolve));
        }).observe(document.body, { childList: true, subtree: true });
      }),
    [selector, place] as const,
  );

describe('a finger, in a browser', () => {
  const room = useRoom();
  const pages = usePages();

  it('presses nothing that has only just come under it', async () => {
    const bob = await room.join('bob');
    const carol = await room.join('carol');
    const page = await pages.join(room.gateway, 'lea', touched(390));
    for (let index = 0; index < 30; index++)
      (index % 2 ? bob : carol).send(message(index % 2 ? 'bob' : 'carol', `no. ${index}`));
    await expectMessage(page, 'no. 29');

    // A request that comes over the log takes no tap that was meant for what it lies over.
    const ignored = pressAsItComes(page, '.request .plain');
    carol.send(requestPrivate('carol', 'lea'));
    await ignored;
    expect(await page.getByRole('button', { name: 'Ignore' }).isVisible()).toBe(true);

    // The log waits for the finger that is on it.
    const touch = (type: string) => page.locator('.log').dispatchEvent(type, { touches: [] });
    const top = () =>
      page.getByText('no. 29', { exact: true }).evaluate((text) => text.getBoundingClientRect().top);
    await touch('touchstart');
    const before = await top();
    bob.send(message('bob', 'one more') + message('bob', 'and another'));
    await expectMessage(page, 'and another');
    expect(await top()).toBe(before);
    await touch('touchend');
    await expect.poll(top).toBeLessThan(before);
    await page.locator('.log .author').last().dispatchEvent('click');
    await expectOpen(page, 'bob');

    // Another part of the list has a row more, which moves those below.
    bob.send(privateMessage('bob', 'lea', 'hello'));
    await tap(page.getByRole('button', { name: 'Show conversations' }));
    const row = page.getByRole('button', { name: /^carol/ });
    const box = (await row.boundingBox())!;
    const pressed = pressAsItComes(page, '.rail li:nth-child(2)', [box.x + 60, box.y + box.height / 2]);
    carol.send(privateMessage('carol', 'lea', 'from carol'));
    await pressed;
    expect(await page.getByRole('heading', { name: 'Conversations', level: 1 }).isVisible()).toBe(true);

    // The second tap of two, on a row, meets the log that has come in its place.
    await page.evaluate(async () => {
      document.querySelector<HTMLElement>('.conversation-item')!.click();
      while (document.querySelector('h1 bdi')?.textContent !== 'Everyone')
        await new Promise(requestAnimationFrame);
      const second = new MouseEvent('click', { bubbles: true, detail: 1 });
      document.querySelector('.log .author')!.dispatchEvent(second);
    });
    await expectOpen(page, 'Everyone');
  });
});
