import type { Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { message, privateMessage } from '../support/raw-hex.ts';
import { useRoom } from '../support/raw-room.ts';
import { composer, expectMessage, usePages } from './support/page.ts';

/** Replaces each text by an element with another text, as a translator does. */
const translate = (page: Page) =>
  page.evaluate(() => {
    const texts: Text[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) texts.push(walker.currentNode as Text);
    for (const text of texts) {
      const outer = document.createElement('font-of-translator');
      outer.appendChild(document.createElement('font-of-translator')).textContent = text.data;
      text.replaceWith(outer);
    }
  });

describe('a translated page, in a browser', () => {
  const room = useRoom();
  const pages = usePages();

  it('keeps its counts, last lines and notes true', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea');
    bob.send(message('bob', 'first') + privateMessage('bob', 'lea', 'psst'));
    await expectMessage(page, 'first');
    const direct = page.locator('.conversation-item', { hasText: 'bob' }).last();
    const unread = direct.locator('.unread');
    await expect.poll(() => unread.textContent()).toBe('1');
    const people = page.locator('.people-button');
    const note = page.locator('.composer .note');
    await people.click();
    await page.getByRole('heading', { name: 'Who is here' }).waitFor();
    await expect.poll(() => people.textContent()).toMatch(/2$/);
    const say = async (number: number) => {
      await translate(page);
      bob.send(message('bob', `room ${number}`) + privateMessage('bob', 'lea', `direct ${number}`));
      await expectMessage(page, `room ${number}`);
      await expect.poll(() => unread.textContent()).toBe(String(number));
      await expect.poll(() => direct.locator('.last').textContent()).toBe(`direct ${number}`);
      const room = page.locator('.conversation-item').first();
      await expect.poll(() => room.locator('.last').textContent()).toBe(`bob: room ${number}`);
    };
    await say(2);
    await say(3);

    await translate(page);
    const ann = await room.join('ann');
    await expect.poll(() => people.textContent()).toBe('Show who is here (3 people here)3');
    await expect.poll(() => page.locator('.people > header p').textContent()).toBe('3 people here');
    await page
      .locator('.log')
      .getByText('Here now: \u2068bob\u2069 and \u2068ann\u2069.')
      .or(page.locator('.log').getByText('Here now: \u2068ann\u2069.'))
      .waitFor();
    await translate(page);
    ann.end();
    await expect.poll(() => people.textContent()).toBe('Show who is here (2 people here)2');
    await expect.poll(() => page.locator('.people > header p').textContent()).toBe('2 people here');

    await translate(page);
    await composer(page).fill('x'.repeat(1000));
    await expect.poll(() => note.textContent()).toBe('24 characters left, fewer with accents or emoji');
    await translate(page);
    await composer(page).fill('x'.repeat(1025));
    await expect.poll(() => note.textContent()).toBe('1 character too long (1 byte)');
    expect(
      await page
        .locator('time:not([translate=no]), bdi.name:not([translate]), .unread:not([translate=no])')
        .count(),
    ).toBe(0);
  });

  it('keeps the order of what is said in one line', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea');
    bob.send(message('bob', 'first'));
    await expectMessage(page, 'first');
    bob.end();
    const line = page.locator('.log .presence').last();
    await expect.poll(() => line.textContent()).toBe('Gone: \u2068bob\u2069.');
    await translate(page);
    const ann = await room.join('ann');
    await expect.poll(() => line.textContent()).toBe('Gone: \u2068bob\u2069. Here now: \u2068ann\u2069.');
    ann.send(message('ann', 'second'));
    await expectMessage(page, 'second');
  });
});
