import { describe, expect, it } from 'vitest';
import { message } from '../support/raw-hex.ts';
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
