import type { Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { isFirefox } from './browser.ts';
import { message, requestPrivate } from '../support/raw-hex.ts';
import { useRoom } from '../support/raw-room.ts';
import { composer, expectMessage, expectStatus, usePages } from './support/page.ts';
import { openWithNative } from './support/private.ts';
import { tap, touched, TOUCHING } from './support/touch.ts';
import { useWire } from './support/wire.ts';

describe('the page of a lost connection, on a phone, in a browser', () => {
  const room = useRoom();
  const throughWire = useWire(room, usePages(TOUCHING));

  it('says so in one row over the log, moves nothing, and nothing shows through', async () => {
    const bob = await room.join('bob');
    await room.join('max_power_2000');
    const { page, wire } = await throughWire('lea', touched(360, 640));
    bob.send(Array.from({ length: 12 }, (_, i) => message('bob', `no. ${i}`)).join(''));
    await expectMessage(page, 'no. 11');
    bob.send(requestPrivate('bob', 'lea'));
    await page.locator('.request-card').waitFor();
    await tap(page.getByRole('button', { name: 'This conversation' }));
    await tap(page.getByRole('menuitem', { name: 'Find in this conversation' }));
    await page.locator('.find').waitFor();
    const client = isFirefox ? null : await page.context().newCDPSession(page);
    const enlarge = (standard: number) => client?.send('Page.setFontSizes', { fontSizes: { standard } });
    if (client) {
      // With letters twice as large, the search has two rows, and the way to the end is no more than its arrow.
      await enlarge(32);
      // A name that is proposed has one line.
      await composer(page).fill('@max');
      expect((await page.locator('.proposals bdi').boundingBox())!.height).toBeLessThan(80);
      await composer(page).fill('');
      await page.getByRole('search').getByRole('textbox').fill('no. 2');
      await page.getByText('1 of 1', { exact: true }).waitFor();
      await page.locator('.to-latest').waitFor();
      expect((await boxOf(page, '.find')).height).toBeLessThan(220);
      expect((await boxOf(page, '.to-latest')).width).toBeLessThan(120);
      await enlarge(16);
    }
    const before = await boxOf(page, '.composer');
    wire.hold();
    wire.cut();
    await expectStatus(page, 'Connection lost');
    expect(await boxOf(page, '.composer')).toEqual(before);
    const banner = await boxOf(page, '.link-banner');
    expect(banner.height).toBeLessThanOrEqual(56);
    await expect
      .poll(() => boxOf(page, '.find').then(({ y }) => y))
      .toBeGreaterThanOrEqual(banner.y + banner.height);
    const find = await boxOf(page, '.find');
    expect((await boxOf(page, '.request-card')).y).toBeGreaterThanOrEqual(find.y + find.height - 1);
    await tap(page.getByRole('search').getByRole('button').last());
    await page.locator('.find').waitFor({ state: 'detached' });
    expect(await raisedOver(page, '.link-banner')).toEqual([]);
    // However many lines it has: it says what came of the answer, with larger letters, too.
    if (!client) return;
    await enlarge(24);
    const unsent = page.getByRole('status').filter({ hasText: 'this was not sent' });
    // The request has moved by that, and takes no tap for a moment.
    await expect
      .poll(async () => {
        await tap(page.getByRole('button', { name: 'Accept' }));
        return unsent.count();
      })
      .toBeGreaterThan(0);
    expect(await raisedOver(page, '.link-banner')).toEqual([]);
    await enlarge(32);
    // Where they are twice as large it has its own row, which is no column of syllables.
    const column = page.locator('.link-banner p');
    await expect.poll(() => column.boundingBox().then((box) => box?.width)).toBeGreaterThan(250);
    await enlarge(16);
    await client.detach();
  });

  it('leaves the state of a private connection in sight, and claims nothing of who is here', async () => {
    const { page, wire } = await throughWire('lea', { viewport: { width: 360, height: 640 } });
    await openWithNative(room, page);
    wire.hold();
    wire.cut();
    await expectStatus(page, 'Connection lost');
    expect(await raisedOver(page, '.private-bar')).toEqual([]);

    // Loaded again, it knows nobody who is here, and says nothing of that.
    await page.reload();
    await expectStatus(page, 'Connection lost');
    await page.getByRole('button', { name: 'Show conversations' }).click();
    await page.locator('.rail').getByRole('status').filter({ hasText: 'Connection lost' }).waitFor();
    // The list says to its end how the private connection ended.
    const about = page.locator('.rail .about').filter({ hasText: 'The private connection ended' });
    expect(await about.evaluate((line) => line.scrollHeight - line.clientHeight)).toBe(0);
    await page.getByRole('button', { name: /^Everyone/ }).click();
    expect(await page.getByText(/\b0 here/).count()).toBe(0);
    await page.getByRole('button', { name: /^Show who is here/ }).click();
    await page.locator('.people').waitFor();
    expect(await page.getByText(/\b0 people|Nobody here/).count()).toBe(0);
  });
});

const boxOf = async (page: Page, selector: string) => (await page.locator(selector).boundingBox())!;

/** Classes of what lies over this element somewhere, wherever the log is scrolled to. */
function raisedOver(page: Page, selector: string): Promise<string[]> {
  return page.evaluate((sought) => {
    const element = document.querySelector(sought)!;
    const log = document.querySelector('.log')!;
    const { left, right, top, bottom } = element.getBoundingClientRect();
    const found = new Set<string>();
    for (let scrolled = 0; scrolled < log.scrollHeight; scrolled += 20) {
      log.scrollTop = scrolled;
      for (let x = left + 4; x < right; x += 24)
        for (let y = top + 2; y < bottom; y += 8) {
          const hit = document.elementFromPoint(x, y);
          if (hit && !element.contains(hit)) found.add(hit.className);
        }
    }
    return [...found];
  }, selector);
}
