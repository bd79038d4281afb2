import { readFile } from 'node:fs/promises';
import type { Locator, Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { message, privateMessage, requestPrivate } from '../support/raw-hex.ts';
import { useRoom } from '../support/raw-room.ts';
import { begin, composer, expectMessage, usePages, write } from './support/page.ts';

const log = (page: Page) => page.getByRole('log');

/** Moves the focus to the last message by the keys of the log; returns the message with the focus, whichever that is. */
async function focusLast(page: Page): Promise<Locator> {
  await log(page).focus();
  const focused = page.locator('.text:focus');
  // The keys of the log come with the lazily loaded part of the page.
  const firstStep = async () => {
    await page.keyboard.press('ArrowUp');
    return focused.count();
  };
  await expect.poll(firstStep).toBe(1);
  return focused;
}

describe('the log, in a browser', () => {
  const room = useRoom();
  const pages = usePages();
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

    // A mouse that moves is on its way to something: that stays where it is, until the mouse rests.
    const lastTop = () =>
      page.getByText('no. 399', { exact: true }).evaluate((it) => it.getBoundingClientRect().top);
    const move = (x: number) => log(page).hover({ position: { x, y: 100 } });
    await move(300);
    await move(320);
    const rested = await lastTop();
    const heightNow = () => log(page).evaluate((it) => it.scrollHeight);
    // Screens of it, too.
    const all = (await heightNow()) + 2_000;
    bob.send(message('bob', 'more').repeat(100));
    for (let x = 300; (await heightNow()) < all; x = 620 - x) await move(x);
    // A message is higher than that.
    expect(Math.abs((await lastTop()) - rested)).toBeLessThan(10);
    await expect.poll(() => atEnd(page), { timeout: 5_000 }).toBe(true);
    // One that never rests is on its way nowhere.
    const ann = await room.join('ann');
    await move(340);
    ann.send(numbered('ann', 1000, 1080));
    for (let x = 300; await atEnd(page); x = 620 - x) await move(x);
    await log(page).evaluate((it) => {
      const late = new PointerEvent('pointermove', { pointerType: 'mouse', movementX: 1, bubbles: true });
      Object.defineProperty(late, 'timeStamp', { value: performance.now() + 20_000 });
      it.dispatchEvent(late);
    });
    await expect.poll(() => atEnd(page)).toBe(true);
    // One's own message is seen to go, wherever the mouse is.
    await move(320);
    await write(page, 'my own');
    await expectMessage(page, 'my own');
    expect(await atEnd(page)).toBe(true);

    // A layout that is just being measured may scroll back to the end once; a person scrolls again then.
    const jump = page.getByRole('button', { name: 'Jump to the latest' });
    const scrolledBack = async () => {
      await scrollTo(page, 2000);
      return jump.isVisible();
    };
    await expect.poll(scrolledBack).toBe(true);
    const top = () =>
      page.getByText('no. 60', { exact: true }).evaluate((it) => it.getBoundingClientRect().top);
    const before = await top();
    bob.send(numbered('bob', 400, 403));
    const down = page.getByRole('button', { name: '3 new messages below' });
    await down.waitFor();
    expect(Math.abs((await top()) - before)).toBeLessThan(1);
    // What is sought is sought from there back: else a first letter would lead past all that is new.
    await page.keyboard.press('Control+f');
    await page.getByRole('search').getByRole('textbox').pressSequentially('no. 4');
    await page.getByText(/^\d+ of \d+$/).waitFor();
    expect(await down.isVisible()).toBe(true);
    await page.keyboard.press('Escape');
    room.gateway.chat.controlChannels.sendNotice('Five more minutes.');
    await page.getByRole('button', { name: '4 new messages below' }).waitFor();
    // Whoever reads elsewhere sees it, too.
    const notice = page.locator('.link-notice');
    expect(await notice.textContent()).toContain('From the server: Five more minutes.');
    // On a projector, above the inspector, too.
    await page.evaluate(() => (document.documentElement.dataset['density'] = 'presentation'));
    await page.getByRole('button', { name: 'Wire inspector' }).click();
    await page.getByRole('region', { name: 'Wire inspector' }).waitFor();
    expect(await notice.isVisible()).toBe(true);
    await page.getByRole('button', { name: 'Wire inspector' }).click();
    await page.evaluate(() => delete document.documentElement.dataset['density']);
    await notice.getByRole('button', { name: 'Got it' }).click();
    expect(await notice.count()).toBe(0);

    // What gets the focus is under nothing that lies over the log, in a small window too.
    await page.setViewportSize({ width: 320, height: 256 });
    // Nor is a third of what is read.
    expect((await page.locator('.to-latest').boundingBox())!.width).toBeLessThan(60);
    await log(page).focus();
    for (let steps = 0; steps < 4; steps++) {
      await page.keyboard.press('ArrowDown');
      const gap = await page.evaluate(() => {
        const pill = document.querySelector('.to-latest')!.getBoundingClientRect();
        return pill.top - document.querySelector('.text:focus')!.getBoundingClientRect().bottom;
      });
      expect(gap, `step ${steps}`).toBeGreaterThanOrEqual(0);
    }
    await page.setViewportSize({ width: 1280, height: 800 });
    bob.send(requestPrivate('bob', 'lea'));
    const card = page.locator('.request-card');
    await card.waitFor();
    await log(page).focus();
    await page.keyboard.press('ArrowDown');
    const { y, height } = (await card.boundingBox())!;
    expect((await page.locator('.text:focus').boundingBox())!.y).toBeGreaterThanOrEqual(y + height);

    await page.getByRole('button', { name: '4 new messages below' }).click();
    await expectMessage(page, 'no. 402');
    await expect.poll(() => atEnd(page)).toBe(true);
    await down.waitFor({ state: 'detached' });
  });

  it('keeps few of many messages in the document, and shows each when one gets there', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea');
    for (let from = 0; from < 3000; from += 250) {
      bob.send(numbered('bob', from, from + 250));
      await expectMessage(page, `no. ${from + 249}`);
    }
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
    await page.getByRole('button', { name: '60 new messages below' }).waitFor();
    await expectMessage(page, 'no. 0');

    await page.getByRole('button', { name: /^bob/ }).first().click();
    await page.getByRole('button', { name: /Everyone.*no\. 59/ }).click();
    // One comes back to where one was reading.
    await expectMessage(page, 'no. 0');
    expect(await line.count()).toBe(0);
  });

  it('begins at the first message where all is new, as when a stranger has written much', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea');
    for (let number = 0; number < 60; number++) bob.send(privateMessage('bob', 'lea', `no. ${number}`));
    await page.getByRole('button', { name: /^bob.*no\. 59/ }).click();
    await page.getByRole('button', { name: '60 new messages below' }).waitFor();
    const line = page.getByRole('heading', { name: 'New', exact: true });
    expect(await line.evaluate((it) => it.getBoundingClientRect().top)).toBeGreaterThan(0);
    await expectMessage(page, 'no. 0', 'bob');
  });

  it('goes from message to message by arrow keys, and shows the exact time of the one with the focus', async () => {
    const bob = await room.join('bob');
    const ann = await room.join('ann');
    const page = await pages.join(room.gateway, 'lea');
    bob.send(message('bob', 'first'));
    await expectMessage(page, 'first');
    ann.send(message('ann', 'second'));
    await expectMessage(page, 'second');
    const focused = await focusLast(page);
    await expect.poll(() => focused.textContent()).toBe('second');
    await page.keyboard.press('ArrowUp');
    await expect.poll(() => focused.textContent()).toBe('first');
    const named = page.getByRole('group', { name: /^bob, \d\d:\d\d, first$/ });
    await expect.poll(() => named.evaluate((it) => it === document.activeElement)).toBe(true);
    await expect.poll(() => page.locator('.group:focus-within time .exact').isVisible()).toBe(true);

    await page.keyboard.press('Enter');
    const items = page.getByRole('dialog', { name: 'Message' }).getByRole('menuitem');
    const names = ['Copy', 'Quote', 'Write to bob', 'Ask bob for a private connection', 'Ignore bob'];
    await expect.poll(() => items.allTextContents()).toEqual(names);
    for (const [key, name] of [
      ['ArrowUp', 'Ignore bob'],
      ['w', 'Write to bob'],
      ['W', 'Write to bob'],
      ['c', 'Copy'],
    ] as const) {
      await page.keyboard.press(key);
      await expect.poll(() => page.locator(':focus').textContent()).toBe(name);
    }
    await page.keyboard.press('Escape');
    await expect.poll(() => focused.textContent()).toBe('first');
    await page.keyboard.press('Enter');
    // A quick key opens the next before the browser says that the one before is closed.
    await page.locator('dialog.menu').evaluate((menu: HTMLDialogElement) => {
      const closed = new Promise((resolve) => menu.addEventListener('close', resolve));
      menu.close();
      const key = new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true });
      document.activeElement!.dispatchEvent(key);
      return closed.then(() => undefined);
    });
    await page.getByRole('menuitem', { name: 'Quote' }).press('Enter');
    await expect.poll(() => composer(page).inputValue()).toBe('> first\n');
    await expect.poll(() => composer(page).evaluate((it) => it === document.activeElement)).toBe(true);

    await composer(page).fill('');
    await log(page).focus();
    for (const text of ['second', 'first']) {
      await page.keyboard.press('ArrowUp');
      await expect.poll(() => focused.textContent()).toBe(text);
    }
    await page.keyboard.press('Enter');
    await page.getByRole('menuitem', { name: 'Write to bob' }).press('Enter');
    await page.getByRole('heading', { name: 'bob', exact: true }).waitFor();
    await composer(page).waitFor();
  });

  it('goes to its first and last message by Home and End, and keeps the focus on one that is scrolled away', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea');
    const say = (from: number, to: number) =>
      bob.send(
        Array.from({ length: to - from }, (_, index) => message('bob', `no. ${from + index}.`)).join(''),
      );
    say(0, 300);
    await expectMessage(page, 'no. 299.');
    const focused = await focusLast(page);
    const top = () => log(page).evaluate(({ scrollTop }) => scrollTop);
    const end = await top();

    // A step out of sight brings it into sight, where it stays, however near the end that is.
    const rest = log(page).evaluate(
      (it) =>
        new Promise<string>((resolve) =>
          it.addEventListener('scrollend', () => resolve('rest'), { once: true }),
        ),
    );
    const step = () => page.keyboard.press('ArrowUp').then(() => 'step');
    while ((await Promise.race([rest, step()])) === 'step');
    const above = () =>
      focused.evaluate(
        (it) => it.closest('.log')!.getBoundingClientRect().top - it.getBoundingClientRect().top,
      );
    expect(await above()).toBeLessThanOrEqual(1);

    await page.keyboard.press('Home');
    await expect.poll(() => focused.allTextContents()).toEqual(['no. 0.']);
    await expect.poll(top).toBe(0);
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => focused.textContent()).toBe('no. 1.');
    await page.keyboard.press('PageDown');
    // At once: a scroll that went on would take from sight what ↑ stops at.
    expect(await top()).toBeGreaterThan(200);
    await page.keyboard.press('ArrowUp');
    await expect.poll(() => focused.allTextContents()).not.toEqual(['no. 0.']);
    await page.keyboard.press('End');
    await expect.poll(() => focused.allTextContents()).toEqual(['no. 299.']);
    await expect.poll(top).toBeGreaterThan(end - 80);

    // The log follows what comes, and one goes on reading where one was.
    say(300, 500);
    await expectMessage(page, 'no. 499.');
    await expect.poll(() => page.locator('.text', { hasText: 'no. 400.' }).count()).toBe(0);
    expect(await focused.allTextContents()).toEqual(['no. 299.']);
  });

  it('formats what is written, without moving where one reads, and shows it as written when asked', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea');
    const markup = '<b>x</b> **bold** `code` https://example.org/*a*/b';
    bob.send(message('bob', markup) + message('bob', '```\nblock **x**\n```') + message('bob', '> so'));
    await expectMessage(page, markup);
    const first = page.locator('.text').first();
    await expect
      .poll(() => first.locator('strong, code, a').allTextContents())
      .toEqual(['**bold**', '`code`', 'https://example.org/*a*/b']);
    expect(await first.innerText()).toBe('<b>x</b> bold code https://example.org/*a*/b');
    const block = page.locator('.text pre');
    expect(await block.innerText()).toBe('block **x**');
    expect(await page.locator('.text blockquote').innerText()).toBe('so');

    await first.hover();
    await page.getByRole('toolbar', { name: 'Message' }).getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name: 'Show as written' }).click();
    await expect.poll(() => first.innerText()).toBe(markup);
    await page.locator('.announcer').getByText(markup, { exact: true }).waitFor({ state: 'attached' });
  });

  it('marks what was found where it is, also in a message that is shown as written, and formatted again', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea');
    bob.send(message('bob', 'a **bold** lunch'));
    await page.locator('.text strong').waitFor();
    await page.keyboard.press('Control+f');
    await page.getByRole('textbox', { name: 'Find in this conversation' }).fill('lunch');
    const marked = () =>
      page.evaluate(() =>
        [...(CSS.highlights.get('found-here') ?? [])].map(({ startContainer, startOffset, endOffset }) =>
          startContainer.textContent?.slice(startOffset, endOffset),
        ),
      );
    await expect.poll(marked).toEqual(['lunch']);
    for (const [index, shown] of ['Show as written', 'Show formatted'].entries()) {
      await page.locator('.text').first().hover();
      await page.getByRole('toolbar', { name: 'Message' }).getByRole('button', { name: 'More' }).click();
      await page.getByRole('menuitem', { name: shown }).click();
      bob.send(message('bob', `next ${index}`));
      await expectMessage(page, `next ${index}`);
      await expect.poll(marked, { message: shown }).toEqual(['lunch']);
    }
    // As it is shown, too: a sign stands between what is looked for.
    await page.getByRole('textbox', { name: 'Find in this conversation' }).fill('bold lunch');
    await expect.poll(() => page.getByRole('search').getByRole('status').textContent()).toBe('1 of 1');
    const markedAcross = () =>
      page.evaluate(() =>
        [...(CSS.highlights.get('found-here') ?? [])].map((place) => {
          const range = new Range();
          range.setStart(place.startContainer, place.startOffset);
          range.setEnd(place.endContainer, place.endOffset);
          return range.toString();
        }),
      );
    await expect.poll(markedAcross).toEqual(['bold** lunch']);
  });

  it('finds in all of the log by Ctrl+F, with or without accents, and leaves a second one to the browser', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea');
    bob.send(
      message('bob', 'a Café here') + numbered('bob', 0, 600) + message('bob', 'and a **ca**fe there'),
    );
    await expectMessage(page, 'and a **ca**fe there');
    await page.getByRole('button', { name: 'Wire inspector' }).waitFor();
    await page.keyboard.press('Control+f');
    const field = page.getByRole('textbox', { name: 'Find in this conversation' });
    await field.fill('cafe');
    const status = page.getByRole('search').getByRole('status');
    await expect.poll(() => status.textContent()).toBe('1 of 1');
    // Which one, nobody would hear otherwise: a step goes on to the next.
    await page.locator('.announcer').getByText('bob: a Café here').waitFor({ state: 'attached' });
    await field.press('Enter');
    await expect.poll(() => page.getByText('a Café here').isVisible()).toBe(true);
    const marked = () =>
      page.evaluate(() =>
        [...(CSS.highlights.get('found-here') ?? [])].map(({ startContainer, startOffset, endOffset }) =>
          startContainer.textContent?.slice(startOffset, endOffset),
        ),
      );
    await expect.poll(marked).toEqual(['Café']);

    await field.fill('no. 300');
    await expect.poll(() => page.getByText('no. 300', { exact: true }).isVisible()).toBe(true);
    bob.send(message('bob', 'no. 300 again'));
    await expect.poll(() => status.textContent()).toBe('1 of 2');
    await field.press('ArrowDown');
    await expect.poll(marked).toEqual(['no. 300']);
    await expectMessage(page, 'no. 300 again');
    const isOurs = () =>
      field.evaluate((it) => {
        const event = new KeyboardEvent('keydown', {
          key: 'f',
          ctrlKey: true,
          bubbles: true,
          cancelable: true,
        });
        return !it.dispatchEvent(event);
      });
    expect(await isOurs()).toBe(false);
    // That nothing is found is said of each text: it is a new node every time.
    await field.fill('lunch');
    const none = await status.getByText('Not found').elementHandle();
    await field.fill('dinner');
    await expect.poll(() => none.evaluate((it) => it.isConnected)).toBe(false);
    expect(await status.textContent()).toBe('Not found');
    // Each step in vain says so.
    await field.press('Enter');
    await page.locator('.announcer').getByText('Not found').waitFor({ state: 'attached' });
    await field.fill('no. 300');
    await expect.poll(() => status.textContent()).toBe('2 of 2');
    await field.press('Escape');
    await expect.poll(() => page.locator('.text:focus').textContent()).toBe('no. 300 again');
    expect(await page.getByRole('search').count()).toBe(0);
    await page.keyboard.press('Control+f');
    await field.fill('nowhere');
    await field.press('Escape');
    await page.locator('.composer textarea:focus').waitFor();

    // A menu gives way to shortcuts.
    await page.getByRole('button', { name: 'This conversation' }).click();
    await page.getByRole('menuitem', { name: 'Mute' }).waitFor();
    await page.keyboard.press('Control+f');
    await expect.poll(() => field.evaluate((it) => it === document.activeElement)).toBe(true);
    await expect.poll(() => page.locator('dialog').count()).toBe(0);
  });

  it('finds, and goes from one to the next, where the browser has no way to mark them', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea', {
      before: (one) =>
        one.addInitScript(() => Object.defineProperty(CSS, 'highlights', { value: undefined })),
    });
    bob.send(message('bob', 'one line'));
    await expectMessage(page, 'one line');
    await page.getByRole('button', { name: 'Wire inspector' }).waitFor();
    await page.keyboard.press('Control+f');
    const field = page.getByRole('textbox', { name: 'Find in this conversation' });
    await field.fill('line');
    await page.getByRole('search').getByRole('status').getByText('1 of 1').waitFor();
    await field.press('Escape');
    await expect.poll(() => page.locator('.text:focus').textContent()).toBe('one line');
  });

  it('saves a conversation as text', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea');
    bob.send(message('bob', 'one **line**') + message('bob', 'two\nlines'));
    await expectMessage(page, 'two\nlines');
    await page.getByRole('button', { name: 'This conversation' }).click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('menuitem', { name: 'Save as text' }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^chaton Everyone \d{4}-\d\d-\d\d\.txt$/);
    const text = await readFile(await download.path(), 'utf8');
    expect(text.replace(/\d{4}-\d\d-\d\d \d\d:\d\d/g, 'T')).toBe(
      '# Everyone\n[T] bob: one **line**\n[T] bob: two\n  lines\n',
    );
  });
});
