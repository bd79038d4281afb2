import type { Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { message, privateMessage } from '../support/raw-hex.ts';
import { useRoom } from '../support/raw-room.ts';
import { composer, expectMessage, expectOpen, showPeople, usePages, write } from './support/page.ts';

const log = (page: Page) => page.getByRole('log');
const atEnd = (page: Page) =>
  log(page).evaluate((it) => it.scrollHeight - it.scrollTop - it.clientHeight <= 1);

/** Lines of many lengths: at another width many of them wrap elsewhere. */
const lines = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => {
    const number = from + index;
    return message('bob', `no. ${number} ${'many words '.repeat((number * 7) % 23)}`);
  }).join('');

/** First message that is in sight from its beginning, and how far below the top of the log it begins. */
const reading = (page: Page) =>
  log(page).evaluate((it) => {
    const { top } = it.getBoundingClientRect();
    const first = [...it.querySelectorAll('.text')].find((text) => text.getBoundingClientRect().top >= top);
    return { text: first?.textContent ?? '', offset: (first?.getBoundingClientRect().top ?? 0) - top };
  });

const offsetOf = (page: Page, text: string) =>
  log(page).evaluate((it, sought) => {
    const found = [...it.querySelectorAll('.text')].find(({ textContent }) => textContent === sought);
    return found ? found.getBoundingClientRect().top - it.getBoundingClientRect().top : NaN;
  }, text);

/** Scrolls to `top`, and waits until a person would see it done. */
async function scrollBackTo(page: Page, top: number): Promise<void> {
  await log(page).evaluate((it, to) => it.scrollTo(0, to), top);
  await page.getByRole('button', { name: /^Jump to the latest|new messages? below$/ }).waitFor();
  // Nothing moves any more once the log is laid out and measured.
  await page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        let frames = 5;
        const next = () => (--frames === 0 ? resolve() : requestAnimationFrame(next));
        requestAnimationFrame(next);
      }),
  );
}

/** Loses what is written once the page is being left, as Firefox does when another site follows. */
function loseLateWrites(): void {
  const lose = () => {
    Storage.prototype.setItem = () => {};
  };
  addEventListener('pagehide', lose, { capture: true });
}

describe('the place where one reads, in a browser', { timeout: 60_000 }, () => {
  const room = useRoom();
  const pages = usePages();

  const fontSize = (page: Page, size: string) =>
    page.evaluate((to) => document.documentElement.style.setProperty('font-size', to), size);
  const people = (page: Page) => page.getByRole('button', { name: /^Show who is here/ }).click();
  const changes: Record<string, (page: Page) => Promise<void>> = {
    'a narrower window': (page) => page.setViewportSize({ width: 760, height: 700 }),
    'a phone turned': (page) => page.setViewportSize({ width: 390, height: 844 }),
    'and turned back': (page) => page.setViewportSize({ width: 844, height: 390 }),
    'a wide window': (page) => page.setViewportSize({ width: 1100, height: 700 }),
    'the list of people': people,
    'the list of people gone': people,
    'larger text': (page) => fontSize(page, '26px'),
    'smaller text': (page) => fontSize(page, '11px'),
    'the usual text': (page) => fontSize(page, ''),
  };

  it('is kept through changes of width, text and side list, and while new messages come', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea', { viewport: { width: 1100, height: 700 } });
    bob.send(lines(0, 400));
    await expectMessage(page, 'no. 399 ' + 'many words '.repeat((399 * 7) % 23));
    for (const top of [3000, 9000]) {
      await scrollBackTo(page, top);
      const before = await reading(page);
      expect(before.text).toMatch(/^no/);
      for (const [name, change] of Object.entries(changes)) {
        await change(page);
        await expect
          .poll(() => offsetOf(page, before.text).then((now) => Math.abs(now - before.offset)), {
            message: `${name}, from ${top}: ${before.text}`,
          })
          .toBeLessThanOrEqual(2);
      }
      bob.send(lines(400, 420));
      await page.getByRole('button', { name: /new messages below$/ }).waitFor();
      expect(Math.abs((await offsetOf(page, before.text)) - before.offset)).toBeLessThanOrEqual(2);
      await page.getByRole('button', { name: /new messages below$/ }).click();
      await expect.poll(() => atEnd(page)).toBe(true);
    }
  });

  it('outlives a reload, with what was just begun, also while new messages come', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea', {
      viewport: { width: 760, height: 500 },
      before: (fresh) => fresh.addInitScript(loseLateWrites),
    });
    bob.send(lines(0, 100));
    await expectMessage(page, 'no. 99 ' + 'many words '.repeat((99 * 7) % 23));
    await scrollBackTo(page, 2_000);
    const before = await reading(page);
    await composer(page).evaluate((field: HTMLTextAreaElement) => {
      field.value = 'half a thought';
      field.dispatchEvent(new InputEvent('input', { bubbles: true }));
      location.reload();
    });
    await expect
      .poll(() => offsetOf(page, before.text).then((now) => Math.abs(now - before.offset)))
      .toBeLessThanOrEqual(2);
    expect(await composer(page).inputValue()).toBe('half a thought');
    bob.send(lines(100, 102));
    await page.getByRole('button', { name: '2 new messages below' }).waitFor();
    expect(Math.abs((await offsetOf(page, before.text)) - before.offset)).toBeLessThanOrEqual(2);
    // Its count goes on after another one.
    await page.reload();
    await page.getByRole('button', { name: '2 new messages below' }).waitFor();
  });

  it('at the end, stays at the end', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea', { viewport: { width: 1100, height: 700 } });
    bob.send(lines(0, 100));
    await expectMessage(page, 'no. 99 ' + 'many words '.repeat((99 * 7) % 23));
    for (const [name, change] of Object.entries(changes)) {
      await change(page);
      await expect.poll(() => atEnd(page), { message: name }).toBe(true);
    }
  });

  it('near the end, is not taken for the end when the log becomes shorter', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea', { viewport: { width: 500, height: 500 } });
    bob.send(lines(0, 100));
    await expectMessage(page, 'no. 99 ' + 'many words '.repeat((99 * 7) % 23));
    const end = await log(page).evaluate((it) => it.scrollHeight - it.clientHeight);
    await scrollBackTo(page, end - 150);
    const before = await reading(page);
    await page.setViewportSize({ width: 500, height: 640 });
    await page.setViewportSize({ width: 500, height: 500 });
    await expect.poll(() => offsetOf(page, before.text)).toBeCloseTo(before.offset, 0);
  });

  it('is where a finger goes back to, whatever comes meanwhile, and is the end where it lets go near it', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea', { viewport: { width: 500, height: 500 } });
    bob.send(lines(0, 100));
    await expectMessage(page, 'no. 99 ' + 'many words '.repeat((99 * 7) % 23));
    await expect.poll(() => atEnd(page)).toBe(true);
    await log(page).evaluate(
      (it) =>
        new Promise<void>((resolve) => {
          it.addEventListener('scrollend', () => resolve(), { once: true });
          it.scrollTop -= 40;
        }),
    );
    bob.send(message('bob', 'let go'));
    await expectMessage(page, 'let go');
    await expect.poll(() => atEnd(page)).toBe(true);
    // A finger that is not lifted moves it a little each time, and no event says that this is over.
    const start = await log(page).evaluate((it) => {
      it.addEventListener('scrollend', (event) => event.stopImmediatePropagation(), { capture: true });
      return it.scrollTop;
    });
    for (let step = 1; step <= 4; step++) {
      await log(page).evaluate((it) => it.scrollBy(0, -15));
      bob.send(message('bob', `meanwhile ${step}`));
      await expectMessage(page, `meanwhile ${step}`);
      expect(await log(page).evaluate((it) => it.scrollTop)).toBeCloseTo(start - 15 * step, 0);
    }
  });

  it('is kept when one turns to another conversation and comes back', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea', { viewport: { width: 1100, height: 700 } });
    bob.send(lines(0, 400) + privateMessage('bob', 'lea', 'psst'));
    await expectMessage(page, 'no. 399 ' + 'many words '.repeat((399 * 7) % 23));
    await scrollBackTo(page, 9000);
    const before = await reading(page);
    for (let turn = 0; turn < 2; turn++) {
      await page.keyboard.press('Alt+ArrowDown');
      await expectOpen(page, 'bob');
      bob.send(message('bob', 'meanwhile'));
      await page.getByRole('button', { name: /^Everyone.*meanwhile/ }).waitFor();
      await page.keyboard.press('Alt+ArrowDown');
      await expectOpen(page, 'Everyone');
      const count = turn === 0 ? '1 new message below' : '2 new messages below';
      await page.getByRole('button', { name: count }).waitFor();
      // A browser scrolls by whole pixels: half of one is lost each time.
      const moved = async () => Math.abs((await offsetOf(page, before.text)) - before.offset);
      await expect.poll(moved).toBeLessThanOrEqual(1);
    }
    // What one sends is seen to go.
    await write(page, 'mine');
    await expectMessage(page, 'mine');
    await expect.poll(() => atEnd(page)).toBe(true);
    for (const name of ['bob', 'Everyone']) {
      await page.keyboard.press('Alt+ArrowDown');
      await expectOpen(page, name);
    }
    await expect.poll(() => atEnd(page)).toBe(true);
    // The menu goes on belonging to the log that is shown.
    await page.getByRole('button', { name: 'This conversation' }).click();
    await page.getByRole('menuitem', { name: 'Find in this conversation' }).click();
    await page.getByRole('textbox', { name: 'Find in this conversation' }).waitFor({ timeout: 5_000 });
  });
});

describe('the document, in a browser', { timeout: 120_000 }, () => {
  const room = useRoom();
  const pages = usePages();

  /** Measures how far the document could be scrolled, and how far it goes when told to. */
  const scrolls = (page: Page) =>
    page.evaluate(() => {
      const all = [document.documentElement, document.body];
      scrollTo(9999, 9999);
      for (const element of all) element.scrollTo(9999, 9999);
      return {
        room: all.map((it) => [it.scrollHeight - it.clientHeight, it.scrollWidth - it.clientWidth]).flat(),
        gone: [scrollX, scrollY, ...all.flatMap((it) => [it.scrollTop, it.scrollLeft])],
      };
    });
  const expectStill = async (page: Page, state: string) => {
    const { room: left, gone } = await scrolls(page);
    expect([state, ...left, ...gone]).toEqual([state, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  };

  it('never scrolls, whatever is in it', async () => {
    const bob = await room.join('bob');
    await Promise.all(Array.from({ length: 60 }, (_, index) => room.join(`person ${index}`)));
    const page = await pages.visit(room.gateway, { viewport: { width: 900, height: 300 } });
    await expectStill(page, 'join');
    await page.getByLabel('Your name').fill('lea');
    await page.getByLabel('Your name').press('Enter');
    await page.locator('.composer textarea').waitFor();
    // Own messages contain hidden names for screen readers.
    for (let number = 0; number < 12; number++) await write(page, `mine ${number}`);
    await expectMessage(page, 'mine 11');
    bob.send(lines(0, 400));
    await expectMessage(page, 'no. 399 ' + 'many words '.repeat((399 * 7) % 23));
    for (let number = 0; number < 12; number++) {
      await write(page, `more ${number}`);
      bob.send(message('bob', `between ${number}`));
    }
    await expectMessage(page, 'more 11');
    await expectStill(page, 'room');
    await log(page).evaluate((it) => it.scrollTo(0, 0));
    await expectMessage(page, 'mine 0');
    await expectStill(page, 'scrolled back');

    for (let number = 0; number < 20; number++) bob.send(privateMessage('bob', 'lea', `direct ${number}`));
    await page.getByRole('button', { name: /^Show who is here/ }).click();
    await page.getByRole('heading', { name: 'Who is here' }).waitFor();
    await expectStill(page, 'people');
    await page.setViewportSize({ width: 1300, height: 300 });
    await expectStill(page, 'people, 1300');
    // The list does not come to lie over the conversation by itself.
    await page.setViewportSize({ width: 390, height: 300 });
    await page.locator('.people').waitFor({ state: 'detached' });
    await showPeople(page);
    await expectStill(page, 'people, 390');
    await page.getByRole('button', { name: 'Close the list of people' }).click();
    await page.getByRole('button', { name: 'Show conversations' }).click();
    await expectStill(page, 'list');
    await page.getByRole('button', { name: /^bob/ }).first().click();
    await expectOpen(page, 'bob');
    await expectStill(page, 'direct');
    await page.setViewportSize({ width: 320, height: 256 });
    await expectStill(page, 'small');
    await page.setViewportSize({ width: 900, height: 300 });
    for (const panel of ['Commands and keys', 'Settings', 'Go to']) {
      await page.getByRole('button', { name: panel }).click();
      await page.getByRole('dialog', { name: panel }).waitFor();
      await expectStill(page, panel);
      await page.keyboard.press('Escape');
      await page.getByRole('dialog', { name: panel }).waitFor({ state: 'detached' });
    }
    await page.getByRole('button', { name: 'Wire inspector' }).click();
    await page.getByRole('region', { name: 'Wire inspector' }).waitFor();
    await expectStill(page, 'wire');
  });
});
