import { describe, expect, it } from 'vitest';
import { message, requestPrivate } from '../support/raw-hex.ts';
import { useRoom } from '../support/raw-room.ts';
import { composer, expectMessage, usePages } from './support/page.ts';

/** Lets a click on a button take the focus from what has it, and give it to nothing, as Safari on a Mac does. */
function clickLikeSafari(): void {
  addEventListener('mousedown', (event) => {
    if (event.defaultPrevented || !(event.target as Element).closest('button')) return;
    event.preventDefault();
    (document.activeElement as HTMLElement).blur();
  });
}

describe('buttons that do not take the focus by a click, as in Safari on a Mac', () => {
  const room = useRoom();
  const pages = usePages();

  it('act on the message that has the focus, and leave who writes in the field', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea', {
      before: (fresh) => fresh.addInitScript(clickLikeSafari),
    });
    bob.send(message('bob', 'hello'));
    await expectMessage(page, 'hello', 'bob');
    await page.getByRole('button', { name: 'Wire inspector' }).waitFor();
    await page.getByRole('log').focus();
    await page.keyboard.press('ArrowUp');
    await page.locator('.text:focus').hover();
    await page.getByRole('toolbar', { name: 'Message' }).getByRole('button', { name: 'Quote' }).click();
    await expect.poll(() => composer(page).inputValue()).toBe('> hello\n');

    await page.keyboard.type('one');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.keyboard.type('two');
    await expect.poll(() => composer(page).inputValue()).toBe('two');
    bob.send(requestPrivate('bob', 'lea'));
    const refuse = page.getByRole('button', { name: 'Refuse' });
    await refuse.click();
    // A space in the same frame as the click would still be the button's.
    await refuse.waitFor({ state: 'hidden' });
    await page.keyboard.type(' three');
    await expect.poll(() => composer(page).inputValue()).toBe('two three');
  });
});
