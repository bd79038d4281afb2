import type { Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { message, privateMessage } from '../support/raw-hex.ts';
import { useRoom } from '../support/raw-room.ts';
import { begin, expectMessage, usePages } from './support/page.ts';

/** Replaces the browser's notifications by a list, and lets the test move the page into the background. */
async function watchNotices(page: Page): Promise<void> {
  await page.evaluate(() => {
    const notices: { title: string; body: string; click: () => void }[] = [];
    class Notice {
      static permission = 'default';
      static requestPermission() {
        Notice.permission = 'granted';
        return Promise.resolve('granted');
      }
      onclick = () => {};
      constructor(title: string, { body }: { body: string }) {
        notices.push({ title, body, click: () => this.onclick() });
      }
      close() {}
    }
    Object.assign(globalThis, { Notification: Notice, notices });
  });
}

interface Watched {
  notices: { title: string; body: string; click: () => void }[];
}
const notices = (page: Page) =>
  page.evaluate(() =>
    (globalThis as unknown as Watched).notices.map(({ title, body }) => `${title}: ${body}`),
  );

async function hide(page: Page): Promise<void> {
  await page.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
    Object.defineProperty(document, 'hidden', { value: true, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  });
}

describe('attention, in a browser', () => {
  const room = useRoom();
  const pages = usePages();

  it('is called by the name: in the log, in the list, in the title and in the icon', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea');
    await begin(page, 'bob');
    bob.send(message('bob', 'hello all') + message('bob', 'Lea, look!'));
    await page.getByRole('img', { name: '2 unread messages, you are mentioned once' }).waitFor();
    await expect.poll(() => page.title()).toBe('(1) Chaton');
    const icon = page.locator('link[rel=icon]');
    await expect.poll(() => icon.getAttribute('href')).toMatch(/^data:image\/svg\+xml,/);
    await page.getByRole('button', { name: /^Everyone/ }).click();
    await expectMessage(page, 'Lea, look!', 'bob');
    await expect.poll(() => page.locator('.text.mention').allTextContents()).toEqual(['Lea, look!']);
    await expect.poll(() => page.title()).toBe('Chaton');
    await expect.poll(() => icon.getAttribute('href')).toBe('./cat.svg');
  });

  it('is asked for by notices, if that is wanted, and a click on one opens the conversation', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea');
    await watchNotices(page);
    await page.getByRole('button', { name: 'When you are called' }).click();
    await page.getByLabel('A notice on the desktop').click();
    await expect.poll(() => page.getByLabel('A notice on the desktop').isChecked()).toBe(true);
    await page.keyboard.press('Escape');
    await hide(page);
    bob.send(message('bob', 'nothing for you') + privateMessage('bob', 'lea', 'psst'));
    await expect.poll(() => notices(page)).toEqual(['bob: bob: psst']);
    await page.evaluate(() => (globalThis as unknown as Watched).notices[0]?.click());
    await page.getByRole('heading', { name: 'bob', exact: true, level: 1 }).waitFor();
    bob.send(message('bob', 'lea?'));
    await expect.poll(() => notices(page)).toEqual(['bob: bob: psst', 'Everyone: bob: lea?']);

    await page.reload();
    await page.getByRole('button', { name: 'When you are called' }).click();
    await expect.poll(() => page.getByLabel('A notice on the desktop').isChecked()).toBe(true);
    await expect.poll(() => page.getByLabel('A soft sound').isChecked()).toBe(false);
  });
});
