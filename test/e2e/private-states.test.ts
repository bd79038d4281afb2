import { describe, expect, it } from 'vitest';
import { koPrivate, message, okPrivate, privateMessage, requestPrivate } from '../support/raw-hex.ts';
import { useRoom } from '../support/raw-room.ts';
import { composer, expectMessage, expectOpen, messages, usePages, write } from './support/page.ts';
import { ask, expectState, openEndpoint, openWithNative, readId } from './support/private.ts';
import { recordSpoken, spoken } from './support/spoken.ts';
import { networkIsBack, useWire } from './support/wire.ts';

/** Taps a button, and what has taken its place as soon as that is there; neither tap is counted as the second. */
const tapTwice = (button: HTMLElement | SVGElement, then: string): Promise<void> =>
  new Promise((resolve) => {
    const bar = button.parentElement!;
    new MutationObserver((_changes, observer) => {
      const next = [...bar.querySelectorAll('button')].find(({ textContent }) => textContent === then);
      if (!next) return;
      observer.disconnect();
      next.dispatchEvent(new MouseEvent('click', { bubbles: true, detail: 1 }));
      resolve();
    }).observe(bar, { childList: true, subtree: true, characterData: true });
    button.dispatchEvent(new MouseEvent('click', { bubbles: true, detail: 0 }));
  });

/** Tells of Enter 1 s, and 2.5 s, after a letter, whether it is kept from pressing the button. */
const keepsFromPressing = (button: HTMLElement | SVGElement): boolean[] => {
  const now = performance.now();
  const press = (key: string, after: number) => {
    const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true });
    Object.defineProperty(event, 'timeStamp', { value: now + after });
    return !button.dispatchEvent(event);
  };
  press('a', 0);
  return [press(' ', 1_000), press(' ', 2_500)];
};

describe('private connections, between a page and a native client', () => {
  const room = useRoom();
  const pages = usePages();
  const joinByWire = useWire(room, pages);

  it('are announced to the page wherever it looks, and refused by it (D16)', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea');
    bob.send(requestPrivate('bob', 'lea'));
    await page
      .getByRole('region', { name: 'Requests' })
      .filter({ hasText: 'bob asks you for a private connection' })
      .waitFor();
    // Nothing is closed by its key that waits for an answer, which only the missing × shows.
    await recordSpoken(page);
    await page.locator('.conversation-item', { hasText: 'Asks you for one.' }).press('Delete');
    await expect.poll(() => spoken(page)).toEqual(['What is not over cannot be removed from the list.']);
    await page.getByRole('button', { name: 'Refuse' }).click();
    await bob.expect(koPrivate('bob', 'lea'));
    await page.getByRole('button', { name: 'Refuse' }).waitFor({ state: 'detached' });
  });

  it('are refused to the page, which can ask again', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea');
    await ask(page, 'bob');
    await bob.expect(requestPrivate('lea', 'bob'));
    bob.send(koPrivate('lea', 'bob'));
    await expectState(page, 'bob has refused.');
    expect(await composer(page).count()).toBe(0);
    // Where the field is missing, its key leads to what goes on: to write directly, and before it to ask again.
    const wayOn = page.locator('button:focus', { hasText: 'Write to bob' });
    await page.keyboard.press('Escape');
    await wayOn.press('Enter');
    await composer(page).and(page.locator(':focus')).waitFor();
    await page.locator('.conversation-item', { hasText: 'bob has refused.' }).press('Enter');
    // Whoever takes it for the field of the same name presses nothing by the spaces of a text, and hears why it is none.
    await wayOn.waitFor();
    await recordSpoken(page);
    await page.keyboard.type('is it so?');
    await page.keyboard.press('Enter');
    await wayOn.waitFor();
    // Enter ends the text, which has not gone out; the next is meant, however soon it comes.
    expect(await spoken(page)).toEqual(['bob has refused.', 'bob has refused.']);
    await page.keyboard.press('Enter');
    await composer(page).and(page.locator(':focus')).waitFor();
    await page.locator('.conversation-item', { hasText: 'bob has refused.' }).press('Enter');
    // A space that presses nothing does not keep the next from doing so.
    expect(await wayOn.evaluate(keepsFromPressing)).toEqual([true, false]);
    await wayOn.press('Shift+Tab');
    await page.keyboard.press('Enter');
    await bob.expect(requestPrivate('lea', 'bob'));
    // The second of two taps on it meets what has taken its place, and asks nobody again.
    await page.getByRole('button', { name: 'Stop waiting' }).evaluate(tapTwice, 'Ask again');
    await expectState(page, 'You have stopped waiting');
    bob.send(message('bob', 'no more'));
    await bob.expect(message('bob', 'no more'));
  });

  it('are half-closed by the other, whom the page can still write to (D21)', async () => {
    const page = await pages.join(room.gateway, 'lea');
    const { bob, endpoint } = await openWithNative(room, page);
    endpoint.send(message('bob', 'that is all'));
    endpoint.end();
    await expectMessage(page, 'that is all', 'bob');
    await expectState(page, 'bob has ended their side. What you write now may not be received.');
    await write(page, 'one more thing');
    await endpoint.expect(message('lea', 'one more thing'));
    await page
      .locator('.group.mine')
      .filter({ hasText: 'one more thing' })
      .getByText('Perhaps not received')
      .waitFor();
    bob.reset();
    await expectState(page, 'bob has left the room.');
    await page.getByRole('button', { name: 'End my side' }).press('Enter');
    await endpoint.expectEnd();
    await expectState(page, 'Both sides have ended.');
    await expect
      .poll(() => page.locator('.note-line').allTextContents())
      .toEqual([
        'bob asks you for a private connection.',
        'The private connection is open.',
        'bob has ended their side.',
        'Gone: \u2068bob\u2069.',
        'Both sides have ended. The private connection is closed.',
      ]);
  });

  it('say when the other is gone, and can be opened again (D21)', async () => {
    const page = await pages.join(room.gateway, 'lea');
    const { bob, endpoint } = await openWithNative(room, page);
    endpoint.send(message('bob', 'before'));
    await expectMessage(page, 'before', 'bob');
    await composer(page).fill('half a thought');
    await recordSpoken(page);
    endpoint.reset();
    await expectState(page, 'The private connection was lost');
    await page.locator('.kept').getByText('Not sent, but kept: half a thought').waitFor();
    // Whoever writes does not see that the field has gone.
    await expect
      .poll(async () => (await spoken(page)).slice(-2))
      .toEqual([expect.stringContaining('was lost'), 'Not sent, but kept: half a thought']);
    // Nor does the list cut it off, however long the stage before it is.
    await page.getByRole('button', { name: /^Everyone/ }).click();
    const row = page.locator('.conversation-item', { hasText: 'was lost' });
    const isSeen = (sign: Element) => {
      const { left, top, height } = sign.getBoundingClientRect();
      return document.elementFromPoint(left + 2, top + height / 2) === sign;
    };
    expect(await row.getByText('Draft:').evaluate(isSeen)).toBe(true);
    await row.click();

    await page.getByRole('button', { name: 'Ask again' }).press('Enter');
    await bob.expect(requestPrivate('lea', 'bob'));
    bob.send(okPrivate('lea', 'bob'));
    const again = await openEndpoint(room, await readId(bob, 'lea', 'bob'));
    await expectState(page, 'The private connection is open.');
    expect(await composer(page).inputValue()).toBe('half a thought');
    await write(page, 'after');
    await again.expect(message('lea', 'after'));
    await expectMessage(page, 'after');
    await expect.poll(() => messages(page)).toEqual(['before', 'after']);
  });

  it('carry bare STRINGs, in which they are answered, and what is unfinished after a while (D29)', async () => {
    const page = await pages.join(room.gateway, 'lea');
    const { endpoint } = await openWithNative(room, page);
    endpoint.sendPieces(['00', '0000', '026f', '6b']);
    await expectMessage(page, 'ok', 'bob');
    await write(page, 'hé');
    await endpoint.expect('00000003' + '68c3a9');
    endpoint.send('00000005' + '68656c');
    await page.locator('.raw').filter({ hasText: '␀␀␀␅hel' }).waitFor();
    endpoint.send('6c6f');
    await expectMessage(page, 'hello', 'bob');
    await page.locator('.raw').waitFor({ state: 'detached' });
    endpoint.send('ffff');
    await page.locator('.raw').filter({ hasText: 'ff ff' }).waitFor();
  });

  it('outlive the main connections, and are counted while unread (D22)', async () => {
    const page = await pages.join(room.gateway, 'lea');
    const { bob, endpoint } = await openWithNative(room, page);
    bob.reset();
    await page.getByRole('button', { name: /^Everyone/ }).click();
    endpoint.send(message('bob', 'one') + message('bob', 'two'));
    await page.getByRole('img', { name: '2 unread' }).waitFor();
    await page.getByRole('button', { name: /^bob/ }).click();
    await expectMessage(page, 'two', 'bob');
    await write(page, 'still private');
    await endpoint.expect(message('lea', 'still private'));
  });

  it('say what a text waits for while they are interrupted (D28)', async () => {
    const { wire, page } = await joinByWire('lea');
    const { endpoint } = await openWithNative(room, page);
    wire.hold();
    wire.cut();
    await expectState(page, 'interrupted');
    await write(page, 'one day');
    await page.locator('.outgoing').getByText('Goes out once the private connection is open.').waitFor();
    wire.release();
    await networkIsBack(page);
    await endpoint.expect(message('lea', 'one day'));
  });

  it('go on with several people at once, apart from their direct messages', async () => {
    const page = await pages.join(room.gateway, 'lea');
    const { bob, endpoint } = await openWithNative(room, page);
    const carol = await room.join('carol');
    carol.send(requestPrivate('carol', 'lea'));
    // A click would be the one meant for bob's card, which was there a moment ago.
    await page
      .getByRole('region', { name: 'Requests' })
      .getByRole('button', { name: 'Accept' })
      .press('Enter');
    const other = await openEndpoint(room, await readId(carol, 'carol', 'lea'));
    await expectOpen(page, 'carol');
    await write(page, 'to carol');
    await other.expect(message('lea', 'to carol'));
    await expectMessage(page, 'to carol');
    bob.send(privateMessage('bob', 'lea', 'a direct one'));
    await page.getByRole('button', { name: /a direct one/ }).waitFor();
    await page.getByRole('button', { name: /^bob.*open/ }).click();
    await expectOpen(page, 'bob');
    await write(page, 'to bob');
    await endpoint.expect(message('lea', 'to bob'));
    await expectMessage(page, 'to bob');
    await expect.poll(() => messages(page)).toEqual(['to bob']);
  });

  it('show bytes that are no commands as text, and those that are no text as a dump', async () => {
    const page = await pages.join(room.gateway, 'lea');
    const { endpoint } = await openWithNative(room, page);
    endpoint.send(Buffer.from('GET / <b>é</b>\n'));
    await page.locator('.raw').filter({ hasText: 'GET / <b>é</b>' }).waitFor();
    endpoint.send('ff00fe41');
    await page.locator('.raw').filter({ hasText: 'ff 00 fe 41' }).waitFor();
    await page.getByText('Bytes that are not text', { exact: true }).waitFor();
    // The arrow keys go on from there.
    await page.getByRole('log').focus();
    for (const words of ['ff 00 fe 41', 'GET /']) {
      await page.keyboard.press('ArrowUp');
      await page.locator('.raw .text:focus').filter({ hasText: words }).waitFor();
    }
    await write(page, 'are you a browser?');
    await endpoint.expect(message('lea', 'are you a browser?'));
  });

  it('are shown up to the top of the log, when a short reply follows much that is high', async () => {
    const page = await pages.join(room.gateway, 'lea', { viewport: { width: 390, height: 400 } });
    const { endpoint } = await openWithNative(room, page);
    endpoint.send(Buffer.alloc(40 * 1024, 0xff));
    endpoint.send(Buffer.alloc(512, 0xfe));
    await page.locator('.raw').filter({ hasText: 'fe fe' }).waitFor();
    const missing = () =>
      page.evaluate(() => {
        const log = document.querySelector('.log')!;
        const tops = [...log.querySelectorAll('.chunk')].map((chunk) => chunk.getBoundingClientRect().top);
        return Math.max(0, Math.min(...tops) - log.getBoundingClientRect().top);
      });
    // One of them begins a chunk of the log.
    for (let count = 1; count <= 8; count++) {
      await write(page, `no ${count}`);
      await endpoint.expect(message('lea', `no ${count}`));
      await expectMessage(page, `no ${count}`);
      await expect.poll(missing, { message: `above reply ${count}` }).toBe(0);
    }
  });
});
